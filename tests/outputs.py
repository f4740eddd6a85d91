"""Execute the chapters and store their outputs, for nbval to compare and for readers of the files: `python tests/outputs.py`,
or of some chapters: `python tests/outputs.py book/dropout.ipynb`.

What changes from run to run is left out: widget views name a model by a random number, execution times are times, and so
are progress bars.
"""

import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from kexue_widgets.book.resuming import locked
from kexue_widgets.cache import write_whole

ROOT = Path(__file__).parents[1]
BOOK = ROOT / "book"
VIEW = "application/vnd.jupyter.widget-view+json"

# As nbval runs them (book/conftest.py): sums of floats depend on threads, and progress bars on the machine.
os.environ |= {"OMP_NUM_THREADS": "1", "TQDM_DISABLE": "1"}

lock = locked(ROOT / "_build" / ".doctrees", ROOT / "_build")  # of builds, which read what is written here
for path in [Path(each) for each in sys.argv[1:]] or sorted(BOOK.glob("*.ipynb")):
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=600, record_timing=False, store_widget_state=False).execute(cwd=str(BOOK))
    notebook.metadata = {"kernelspec": notebook.metadata["kernelspec"], "language_info": {"name": "python"}}
    for cell in notebook.cells:
        if "remove-stderr" in cell.metadata.get("tags", []):
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(VIEW, None)
    write_whole(path, nbformat.writes(notebook).rstrip("\n") + "\n")
    print(path.name)
