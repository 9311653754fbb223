"""What a network answers, and why.

classifier        a checkpoint as a classifier: top-k; strangeness: whether a picture is unlike the training set
explain           Grad-CAM, exact sums, occlusion
mistakes/         the classic bugs in feeding a network, each really made
many, zips        many photographs, out of a folder or a zip: a table
"""

from explorer.predict.classifier import Classifier

__all__ = ["Classifier"]
