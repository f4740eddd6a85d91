"""What functions of this package find when they are called: values of globals, classes and closures, as they are now.

Bytecode names the globals and attributes that a function may read. Those are followed, through closures, defaults, classes
and instances, to functions and plain data. A library's own things are known by their names. Whatever is of neither kind,
such as a reader's function, may read anything.
"""

from __future__ import annotations

import copyreg
import hashlib
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.fx import GraphModule

from ..sources import PACKAGE

INSTALLED = {Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
# What every class has of its own, and what a metaclass writes into those of traits.
MACHINERY = {"__dict__", "__weakref__", "__doc__", "__module__", "__annotations__", "__firstlineno__", "_traits"}
MACHINERY |= {"_descriptors", "_instance_inits", "_static_immutable_initial_values"}
MACHINERY |= {"_trait_default_generators", "_all_trait_default_generators", "__abstractmethods__", "_abc_impl"}
EXPLORER = f"{PACKAGE.name}.live.explorer"  # the machinery around a model: no part of it


class Found(NamedTuple):
    """Hashes of all that was found: one of everything but the tensors' numbers, and one of each tensor's."""

    all: str
    tensors: list[str]


def reachable(*values: Any) -> Found | None:
    """All that can be reached from these values; nothing if something on the way may depend on anything."""
    reader = _Reader()
    try:
        reader.read(values)
    except Exception:  # whatever a stranger's object does when it is asked for its parts
        return None
    return Found(reader.digest.hexdigest(), reader.tensors)


class _Reader:
    def __init__(self) -> None:
        self.digest = hashlib.sha256()
        self.tensors: list[str] = []
        self._seen: dict[int, tuple[int, Any]] = {}  # with the value itself, so that no other one gets its id

    def read(self, value: Any) -> None:
        if value is None or isinstance(value, bool | int | float | complex | str | bytes) or value is ...:
            return self._note(type(value).__name__, value)
        if not isinstance(value, tuple | frozenset):  # of which Python may make one out of two equal ones
            if id(value) in self._seen:
                return self._note("again", self._seen[id(value)][0])
            self._seen[id(value)] = len(self._seen), value
        self._note(type(value).__name__)
        if isinstance(value, tuple | list):
            self._note(len(value))
            for each in value:
                self.read(each)
        elif isinstance(value, set | frozenset):
            self.read(sorted(repr(reachable(each) or _unknown(each)) for each in value))
        elif isinstance(value, Mapping):
            self.read(list(value.items()))
        elif isinstance(value, Tensor):
            self._note(value.dtype, tuple(value.shape), value.device, value.requires_grad)
            numbers = value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy()
            self.tensors.append(hashlib.sha256(numbers.tobytes()).hexdigest()[:16])
        elif isinstance(value, staticmethod | classmethod | MethodType):
            self.read([value.__func__, getattr(value, "__self__", None)])
        elif isinstance(value, property):
            self.read([value.fget, value.fset, value.fdel])
        elif isinstance(value, cached_property):
            self.read(value.func)
        elif isinstance(value, FunctionType | BuiltinFunctionType | type) and _is_installed(value.__module__ or ""):
            self._note(value.__module__, value.__qualname__)
        elif isinstance(value, ModuleType) and _is_installed(value.__name__):
            self._note(value.__name__)
        elif isinstance(value, FunctionType):
            self._function(value)
        elif isinstance(value, type):
            self._class(value)
        elif isinstance(value, GraphModule):  # whose own way of being written down fails on some globals
            code = value.graph.python_code("self")
            self.read([code.src, code.globals, {name: part for name, part in vars(value).items() if name != "_graph"}])
        elif hasattr(value, "__wrapped__"):
            self.read(value.__wrapped__)
        elif type(value) in copyreg.dispatch_table:  # as of a compiled pattern
            self.read(copyreg.dispatch_table[type(value)](value))
        else:
            self.read(value.__reduce_ex__(4))

    def _function(self, function: FunctionType) -> None:
        if function.__module__ == f"namedtuple_{function.__qualname__.partition('.')[0]}":
            return self.read(function.__defaults__)  # made of the fields, which are read too
        if not _is_ours(function.__module__):
            _unknown(function)
        codes = list(_codes(function.__code__))
        names = sorted({name for code in codes for name in code.co_names})
        docstring = function.__doc__
        for code in codes:
            constants = [each for each in code.co_consts if not isinstance(each, CodeType) and each != docstring]
            self._note(code.co_code, code.co_names, code.co_varnames, code.co_freevars)
            self.read(constants)
        self.read([function.__defaults__, function.__kwdefaults__])
        self.read([cell.cell_contents for cell in function.__closure__ or ()])
        found = {name: function.__globals__[name] for name in names if name in function.__globals__}
        for name, value in found.items():
            self._note(name)
            if isinstance(value, ModuleType) and _is_ours(value.__name__):
                parts = {each: vars(value)[each] for each in names if each in vars(value)}
                self.read([part for part in parts.items() if not isinstance(part[1], ModuleType)])
            else:
                self.read(value)

    def _class(self, kind: type) -> None:
        for each in kind.__mro__:
            self._note(each.__module__, each.__qualname__)
            if _is_ours(each.__module__) and each.__module__ != EXPLORER:
                self.read({name: part for name, part in sorted(vars(each).items()) if name not in MACHINERY})
            elif each.__module__ != EXPLORER and not _is_installed(each.__module__):
                _unknown(each)

    def _note(self, *parts: Any) -> None:
        self.digest.update(repr(parts).encode() + b"\n")


def _unknown(value: Any) -> Any:
    raise LookupError(f"{value!r} may depend on anything")


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] == PACKAGE.name


@cache
def _is_installed(module: str) -> bool:
    """Whether a module belongs to Python or to an installed library, which change with their versions alone."""
    top = module.partition(".")[0]
    if top in sys.stdlib_module_names:
        return top != "__main__"
    file = getattr(sys.modules.get(top), "__file__", None)
    return top != PACKAGE.name and file is not None and any(place in Path(file).parents for place in INSTALLED)


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _codes(each)
