"""open_clip with a stand-in for torchvision, which it imports and which its models and tokenizers do not need."""

import importlib.util
import sys
import types


class _Constants(type):
    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return name.lower()


class _Anything(metaclass=_Constants):
    """A name that open_clip only mentions: a base class, a function, a constant."""

    def __init__(self, *args, **kwargs):
        pass

    def __call__(self, *args, **kwargs):
        return self

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return _Anything()


class _Module(types.ModuleType):
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return _Constants(name, (_Anything,), {})


def import_open_clip():
    if importlib.util.find_spec("torchvision") is None:
        for name in ["", ".transforms", ".transforms.functional", ".ops", ".ops.misc", ".datasets"]:
            module = _Module("torchvision" + name)
            module.__path__ = []
            module.__spec__ = importlib.util.spec_from_loader("torchvision" + name, loader=None)
            sys.modules["torchvision" + name] = module
            parent, _, last = ("torchvision" + name).rpartition(".")
            if parent:
                setattr(sys.modules[parent], last, module)
    import open_clip

    return open_clip
