"""Looking at objects without running code of theirs: no property, no `__getattr__`, no `__eq__`.

What can only be found out by running code is not found out: it is `UNSEEN`.
"""

from __future__ import annotations

from _thread import _local
from collections import OrderedDict, defaultdict, deque
from types import (
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodDescriptorType,
    MethodType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import TYPE_CHECKING, Final, TypeGuard, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = [
    "UNSEEN",
    "StandIn",
    "attribute",
    "attributes",
    "contents",
    "definer",
    "fields",
    "inherited",
    "is_a",
    "item",
    "members",
    "module_of",
    "mro",
    "name_of",
    "names",
    "overridden",
]

T = TypeVar("T")

_MANY = 200  # of a larger container only so many values are looked at


class _Unseen:
    def __repr__(self) -> str:
        return "UNSEEN"


UNSEEN: Final = _Unseen()


class StandIn:
    """Stands for an instance of which no more than the class is known."""

    __slots__ = ("cls",)

    def __init__(self, cls: type) -> None:
        """Stand for an instance of *cls*."""
        self.cls = cls


_is_subclass = type.__subclasscheck__  # ABCMeta would ask the class
_mro_of = type.__dict__["__mro__"].__get__
_dict_of_class = type.__dict__["__dict__"].__get__
module_of = type.__dict__["__module__"].__get__
name_of = type.__dict__["__name__"].__get__
_dict_of_local = _local.__getattribute__  # what the calling thread has there
_dict_of_module = vars(ModuleType)["__dict__"].__get__


def mro(cls: type) -> tuple[type, ...]:
    """Return the classes among which a class looks up names."""
    return _mro_of(cls)  # type: ignore[no-any-return]


def definer(cls: type, name: str) -> type | None:
    """Return the class that defines a name for a class."""
    for each in _mro_of(cls):
        if name in _dict_of_class(each):
            return each  # type: ignore[no-any-return]
    return None


def names(cls: type) -> set[str]:
    """Return the names that a class finds in itself and its bases, but for those of `object`."""
    return {name for each in _mro_of(cls) if each is not object for name in _dict_of_class(each)}


def _in_class(cls: type, name: str) -> object:
    for each in _mro_of(cls):
        namespace = _dict_of_class(each)
        if name in namespace:
            return namespace[name]
    return UNSEEN


def fields(value: object) -> Mapping[str, object]:
    """Return the `__dict__` of a value; empty if it has none, or only through code of its own."""
    if is_a(value, ModuleType) and definer(type(value), "__dict__") is ModuleType:
        return _dict_of_module(value)  # type: ignore[no-any-return]
    if type(value) is _local:  # a class in Python would be made ready for this thread
        return _dict_of_local(value, "__dict__")  # type: ignore[no-any-return]
    where = definer(type(value), "__dict__")
    if where is None:
        return {}
    found = _dict_of_class(where)["__dict__"]
    if type(found) is not GetSetDescriptorType:
        return {}
    namespace = found.__get__(value, type(value))
    return namespace if type(namespace) is dict else {}


def attribute(value: object, name: str) -> object:
    """Return an attribute as far as it can be had without running code."""
    if is_a(value, type):
        return _of_class(value, name)
    if type(value) is StandIn:
        return _bind(_in_class(value.cls, name), value)
    if name == "__class__":
        return type(value)
    found = _in_class(type(value), name)
    if type(found) is MemberDescriptorType:
        return _in_slot(found, value)
    namespace = fields(value)
    return namespace[name] if name in namespace else _bind(found, value)


def _in_slot(slot: MemberDescriptorType, value: object) -> object:
    try:
        return slot.__get__(value, type(value))
    except AttributeError:
        return UNSEEN


def inherited(value: object, behind: type, name: str) -> object:
    """Return what `super(behind, value).name` is, as far as it can be had without running code."""
    own = value.cls if is_a(value, StandIn) else type(value)
    if is_a(value, type):  # in a class method
        own = value
    line = mro(own)
    for cls in line[next((n + 1 for n, each in enumerate(line) if each is behind), len(line)) :]:
        if name in _dict_of_class(cls):
            return _bind(_dict_of_class(cls)[name], value)
    return UNSEEN


def overridden(value: object, name: str) -> list[object]:
    """Return what `super()` may find by a name, in any of the classes of a value."""
    line = mro(value.cls if is_a(value, StandIn) else type(value))
    found = [_dict_of_class(cls)[name] for cls in line if name in _dict_of_class(cls)]
    return [_bind(each, value) for each in found]


def _of_class(cls: type, name: str) -> object:
    found = _in_class(cls, name)
    if is_a(found, staticmethod, classmethod):
        return _bind(found, cls)
    if found is not UNSEEN:
        return found
    return _bind(_in_class(type(cls), name), cls)


def _bind(found: object, value: object) -> object:  # noqa: PLR0911 - one for each kind of descriptor
    """Return what comes of an entry of a class when it is asked of *value*."""
    if found is UNSEEN:
        return UNSEEN
    if type(found) is FunctionType:
        return MethodType(found, value)
    if is_a(found, staticmethod):
        return found.__func__
    if is_a(found, classmethod) and not is_a(value, StandIn):
        return MethodType(found.__func__, value if is_a(value, type) else type(value))
    if not is_a(value, StandIn):
        if is_a(found, MethodDescriptorType) or is_a(found, WrapperDescriptorType):
            return found.__get__(value, type(value))
        if definer(type(found), "__get__") is None:
            return found
    return UNSEEN  # a property, or the like


def item(container: object, key: object) -> object:
    """Return `container[key]` of a plain container with a plain key."""
    if not _is_among(key, _KEYS):
        return UNSEEN
    try:
        if _is_among(container, _DICTS):
            return dict.get(container, key, UNSEEN)  # type: ignore[call-overload]
        if _is_among(container, _SEQUENCES) and is_a(key, int):
            return container[key]  # type: ignore[index]
    except (IndexError, RuntimeError):
        return UNSEEN
    return UNSEEN


def members(container: object) -> list[object] | None:
    """Return the values in a plain container; None if it is none."""
    try:
        if _is_among(container, _DICTS):
            return list(dict.values(container))[:_MANY]  # type: ignore[arg-type]
        if _is_among(container, _ITERABLES):
            return list(container)[:_MANY]  # type: ignore[call-overload, no-any-return]
    except RuntimeError:  # changed by another thread
        return None
    return None


# By identity: a metaclass may have an `__eq__` or a `__hash__` of its own.
_KEYS = frozenset(map(id, (str, int, bytes, bool)))
_DICTS = frozenset(map(id, (dict, defaultdict, OrderedDict)))
_SEQUENCES = frozenset(map(id, (list, tuple, deque)))
_VIEWS = frozenset(map(id, (type({}.values()), type({}.items()), type({}.keys()))))
_ITERABLES = frozenset(map(id, (list, tuple, set, frozenset, deque))) | _VIEWS


def _is_among(value: object, types: frozenset[int]) -> bool:
    return id(type(value)) in types


def is_a(value: object, *classes: type[T]) -> TypeGuard[T]:
    """Tell whether a value is an instance of one of some classes, whatever its `__class__` says."""
    kind = type(value)
    for each in classes:  # noqa: SIM110 - asked a hundred times for one decision
        if kind is each or _is_subclass(each, kind):
            return True
    return False


def contents(value: object, levels: int = 2) -> Iterator[object]:
    """List a value, or what is in it if it is a plain container, or in containers in there."""
    inner = members(value) if levels else None
    if inner is None:
        yield value
        return
    for each in inner:
        yield from contents(each, levels - 1)


def attributes(value: object) -> Iterator[tuple[str, object]]:
    """List the fields and slots of a value."""
    try:
        yield from list(fields(value).items())
    except RuntimeError:  # changed by another thread
        return
    for cls in mro(type(value)):
        for name, found in list(_dict_of_class(cls).items()):
            if type(found) is MemberDescriptorType:
                yield name, _in_slot(found, value)
