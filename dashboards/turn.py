"""How many pages are drawn at once."""

import os
from threading import BoundedSemaphore

#: As many as there are cores. More would only share them: each would come later, and none sooner.
turn = BoundedSemaphore(os.cpu_count() or 1)
