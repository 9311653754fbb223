"""How much a lesson may be; apart from the rest of the room, because the page asks before torch is loaded."""

MOST_PHOTOGRAPHS, MOST_CLASSES = 500, 20
LONGEST_NAME = 60  # letters of a class name
FEWEST = 2  # photographs of a class: one is held out to judge what the other taught
