"""Layers that share a weight, and copies that share nothing."""

from __future__ import annotations

import copy
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.parameter import is_lazy
from torch.nn.utils import parametrize
from torch.nn.utils.prune import BasePruningMethod
from torch.nn.utils.spectral_norm import SpectralNorm, remove_spectral_norm
from torch.nn.utils.weight_norm import WeightNorm, remove_weight_norm

SETTLING = 15  # steps of the power iteration, as many as spectral norm takes itself

Model = TypeVar("Model", bound=nn.Module)


class EmbeddingDense(nn.Module):
    """A dense layer whose weight is an embedding's table, with a bias of its own: logits_v = h · e_v + b_v.

    It holds the embedding itself and not a second name for its weight, so that whatever replaces the weight there
    replaces it here: the tie outlives copying, saving and loading, pruning and `max_norm`.

    Args:
        embedding: of V words in D dimensions. A model that registers the embedding too counts, trains and saves it once.

    Raises:
        TypeError: what is no `torch.nn.Embedding`.
    """

    def __init__(self, embedding: nn.Embedding) -> None:
        super().__init__()
        if not isinstance(embedding, nn.Embedding):
            raise TypeError(f"embedding must be a torch.nn.Embedding, got {type(embedding).__name__}")
        self.embedding = embedding
        self.bias = nn.Parameter(torch.zeros_like(embedding.weight.detach()[:, 0]))

    def forward(self, hidden: Tensor) -> Tensor:
        """Logits (..., V) for hidden states (..., D)."""
        return functional.linear(hidden, self._table(), self.bias)

    def reset_parameters(self) -> None:
        """The bias back to zero; the table is the embedding's to reset."""
        nn.init.zeros_(self.bias)

    def state_dict(self, *args: Any, **kwargs: Any) -> Any:
        """As of any module, without the table if the model has it already."""
        found = super().state_dict(*args, **kwargs)
        own = f"{kwargs.get('prefix', '')}embedding."
        others = [value for name, value in found.items() if not name.startswith(own) and isinstance(value, Tensor)]
        for name in [name for name in found if name.startswith(own)]:
            if any(_is_same(found[name], other) for other in others):
                del found[name]
        return found

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *args: Any) -> None:
        for name, value in self.embedding.state_dict().items():
            state_dict.setdefault(f"{prefix}embedding.{name}", value)  # the model has loaded it already
        super()._load_from_state_dict(state_dict, prefix, *args)  # type: ignore[no-untyped-call]

    def _table(self) -> Tensor:
        # Pruning makes the weight when the embedding is called, and `max_norm` shortens it in place.
        if self.embedding.max_norm is None and not self.embedding._forward_pre_hooks:
            return self.embedding.weight
        return self.embedding(torch.arange(self.embedding.num_embeddings, device=self.bias.device))


def clone_model(model: Model) -> Model:
    """The same structure with weights drawn afresh and running statistics at their start; shared layers stay shared.

    Weights that are made of others, by `torch.nn.utils.parametrize`, weight norm, spectral norm or pruning, are drawn as
    the layer below draws them; masks stay. `copy.deepcopy` is its counterpart with weights.

    Raises:
        TypeError: a module has parameters of its own, and no `reset_parameters` that draws them.
    """
    if not isinstance(model, nn.Module):
        raise TypeError(f"model must be a torch.nn.Module, got {type(model).__name__}")
    # What hooks made of parameters is no parameter, and torch would not copy it.
    made = [each for module in model.modules() for each in vars(module).values() if isinstance(each, Tensor)]
    clone = copy.deepcopy(model, {id(each): each.detach().clone() for each in made if not each.is_leaf})
    # From the inside out, as modules are built: attention and Transformers draw anew what their layers have drawn.
    for name, module in reversed(list(clone.named_modules())):
        if not isinstance(module, parametrize.ParametrizationList):
            _draw(module, name or type(module).__name__)
    return clone


def _draw(module: nn.Module, name: str) -> None:
    if parametrize.is_parametrized(module):
        _draw_parametrized(module, name)
        return
    norms = [hook for hook in module._forward_pre_hooks.values() if isinstance(hook, WeightNorm | SpectralNorm)]
    for hook in norms:
        remove = remove_weight_norm if isinstance(hook, WeightNorm) else remove_spectral_norm
        remove(module, hook.name)
    prunings: list[Any] = [each for each in module._forward_pre_hooks.values() if isinstance(each, BasePruningMethod)]
    for pruning in prunings:  # while the layer draws, its weight is a parameter again
        setattr(module, pruning._tensor_name, module._parameters.pop(f"{pruning._tensor_name}_orig"))
    _reset(module, name)
    for pruning in prunings:
        weight = module._parameters.pop(pruning._tensor_name)
        module.register_parameter(f"{pruning._tensor_name}_orig", weight)
        setattr(module, pruning._tensor_name, pruning.apply_mask(module))
    for hook in norms:
        if isinstance(hook, WeightNorm):
            WeightNorm.apply(module, hook.name, hook.dim)
        else:
            SpectralNorm.apply(module, hook.name, hook.n_power_iterations, hook.dim, hook.eps)


def _draw_parametrized(module: nn.Module, name: str) -> None:
    parametrizations = module.parametrizations
    assert isinstance(parametrizations, nn.ModuleDict)
    plain = copy.deepcopy(module)
    plain.__class__ = type(module).__bases__[0]  # a parametrised module has a class of its own, below its kind's
    del plain.parametrizations
    for each in parametrizations:
        setattr(plain, each, nn.Parameter(getattr(module, each).detach().clone()))
    _reset(plain, name)
    with torch.no_grad():
        for each in parametrizations:
            try:
                setattr(module, each, getattr(plain, each).detach())
            except Exception as error:  # a parametrisation without an inverse, or one whose inverse does not fit
                raise TypeError(
                    f"model must draw its weights in reset_parameters; {each} of {name} has none"
                ) from error
        for own, value in module.named_parameters(recurse=False):
            value.copy_(getattr(plain, own))
        for buffer, kept in module.named_buffers(recurse=False):
            kept.copy_(getattr(plain, buffer))
    # Spectral norm looks for the direction that the new weight stretches most, a little further with each call.
    mode = module.training
    module.train()
    with torch.no_grad():
        for each in parametrizations:
            for _ in range(SETTLING if list(parametrizations[each].buffers()) else 0):
                getattr(module, each)
    module.train(mode)


def _reset(module: nn.Module, name: str) -> None:
    own = list(module.parameters(recurse=False))
    before = [(each, each._version) for each in own]
    reset = getattr(module, "reset_parameters", None) or getattr(module, "_reset_parameters", None)
    if reset is not None:
        reset()
    drawn = all(is_lazy(each) or each._version > version for each, version in before)
    if own and (reset is None or not drawn):
        raise TypeError(f"model must draw its weights in reset_parameters; {name} has none")


def _is_same(one: Any, other: Tensor) -> bool:
    return isinstance(one, Tensor) and one.shape == other.shape and torch._C._is_alias_of(one, other)  # type: ignore[attr-defined]
