"""Structural equation models: a short model text, its matrices, its fit."""
