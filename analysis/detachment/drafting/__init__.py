"""An export in, a first instrument file out."""

from detachment.drafting._draft import Draft, draft_instrument

__all__ = ["Draft", "draft_instrument"]
