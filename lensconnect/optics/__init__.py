"""Typed, fast optics that are real `lenses` objects at run time.  Read them in this order.

state_fn.py     StateFn, the function that each method of an optic returns
raw.py          the package `lenses`, if it is installed, and what is known about it
steps.py        the steps of an optic, and the functions compiled from them
traversal.py    Traversal: any number of foci; composition, and the methods that every optic has
prism.py        Prism: at most one focus, and the way back from it
lens.py         Lens: exactly one focus, a path of record fields
iso.py          Iso: the whole state in another form

value & lens.set(new)            Haskell's  value & lens .~ new
value & lens.get()               Haskell's  value ^. lens
outer & inner                    Haskell's  outer . inner
optional.Some()                  Haskell's  optional . _Just
items.Each()                     Haskell's  items . traverse
"""

from lensconnect.optics.iso import Iso as Iso
from lensconnect.optics.lens import Lens as Lens
from lensconnect.optics.prism import Prism as Prism
from lensconnect.optics.state_fn import StateFn as StateFn
from lensconnect.optics.steps import lens_name as lens_name
from lensconnect.optics.steps import snake as snake
from lensconnect.optics.traversal import Traversal as Traversal
