"""A network leaves the project in the formats that people deploy: `python -m explorer.export`, and from the page.

deployed        a network with its normalisation inside, as a format holds it
refused         what a format cannot hold, by the name of the operation
onnx_file       the ONNX file; openvino_files: the two of OpenVINO, made of it
agreement       the file's answers against torch's, on pictures; a file that differs is not handed out
notebook        a network on a photograph as a notebook, or as a program
using           the programs that go with a file, in Python and for a browser
"""
