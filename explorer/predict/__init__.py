"""What a network answers, and why.

classifier        a checkpoint as a classifier: top-k; strangeness: whether a picture is unlike the training set
explain           Grad-CAM, exact sums, occlusion
mistakes/         the classic bugs in feeding a network, each really made
many, zips        many photographs, out of a folder or a zip, a line each; zip_names what its entries are called
together          pictures of different callers, answered in one forward
answer_files      those lines as CSV, JSON and workbooks; resuming goes on with a table that a killed run left;
                  run_notes says how a run went
labelling, tables what people's tables say they show; spreadsheets and code_pages read those, names compares file names
"""

from explorer.predict.classifier import Classifier
from explorer.predict.labelling import label_of
from explorer.predict.tables import read_labels

__all__ = ["Classifier", "label_of", "read_labels"]
