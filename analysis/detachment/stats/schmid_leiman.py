"""Correlations in, a general factor beside group factors out, and what share of a total it has."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from detachment.stats._arrays import BoolArray, FloatArray, IntArray, as_square
from detachment.stats.extraction import Extraction, ExtractionName, extract
from detachment.stats.rotation import rotate


@dataclass(frozen=True, slots=True, eq=False)
class SchmidLeiman:
    """m correlated factors turned into one general factor and m group factors without correlations.

    Attributes
    ----------
    loadings
        On the general factor and the m group factors, ``(..., p, 1 + m)``.
    communality
        Of the m factors, ``(..., p)``.
    oblique
        Pattern loadings on the m correlated factors, ``(..., p, m)``.
    phi
        Correlations of the m factors, ``(..., m, m)``.
    second_order
        Loadings of the m factors on the general one, ``(..., m)``.
    converged
        Whether the factors, their rotation and the general factor were all found, ``(...)``.
    heywood
        Whether a uniqueness of an item or of a factor ended at its lowest value, ``(...)``.
    agreeing
        How many of the starts of the rotation found the best one, ``(...)``.
    """

    loadings: FloatArray
    communality: FloatArray
    oblique: FloatArray
    phi: FloatArray
    second_order: FloatArray
    converged: BoolArray
    heywood: BoolArray
    agreeing: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class OmegaHierarchical:
    """How much of the variance of a total is the general factor's, and the group factors'.

    Attributes
    ----------
    omega_total
        Share of the variance of the total that all factors have, ``(...)``: 1 - sum of
        uniquenesses / sum of correlations.
    omega_total_implied
        The same, of the variance that the model implies.
    omega_hierarchical
        Share of the general factor, ``(...)``.
    omega_asymptotic
        omega_hierarchical / omega_total: its limit for ever more items of the kind.
    omega_group
        ``(..., 1 + m, 3)``: for the whole test and then for the items of each group (those that
        load on its factor most) the shares of all factors, of the general one and of the group
        factors. NaN for a group without items.
    ecv
        Explained common variance: share of the general factor in all squared loadings, ``(...)``.
    loadings
        On the general factor and the m group factors, ``(..., p, 1 + m)``, of items turned as
        ``key`` says.
    communality
        ``(..., p)``.
    key
        -1 for items that had to be turned so that they load on the general factor positively,
        ``(..., p)``.
    group
        Number of each item's group, from 0, ``(..., p)``.
    oblique, phi, second_order, converged, heywood, agreeing
        As in :class:`SchmidLeiman`.
    df
        Degrees of freedom of m factors; below 0 the solution is not identified.
    """

    omega_total: FloatArray
    omega_total_implied: FloatArray
    omega_hierarchical: FloatArray
    omega_asymptotic: FloatArray
    omega_group: FloatArray
    ecv: FloatArray
    loadings: FloatArray
    communality: FloatArray
    key: FloatArray
    group: IntArray
    oblique: FloatArray
    phi: FloatArray
    second_order: FloatArray
    converged: BoolArray
    heywood: BoolArray
    agreeing: IntArray
    df: int


def schmid_leiman_solution(
    cor: ArrayLike,
    *,
    n_factors: int = 3,
    method: ExtractionName = "minres",
    rotation: Literal["oblimin", "promax", "geomin"] = "oblimin",
    n_starts: int = 30,
) -> SchmidLeiman:
    """Schmid and Leiman's transformation of an oblique solution with one second-order factor.

    Parameters
    ----------
    cor
        Correlations, ``(..., p, p)``.
    n_factors
        Number of group factors m. With two, the loadings of the two on the general factor are set
        equal (their correlation gives only the product); with one, it is the general factor.
    method
        How the m factors are extracted, and the general factor from their correlations.
    rotation
        An oblique rotation.
    n_starts
        Starts of the rotation.

    Returns
    -------
    SchmidLeiman

    Raises
    ------
    ValueError
        When a word is unknown, or m is not between 1 and p - 1.

    Notes
    -----
    Schmid and Leiman (1957), Psychometrika 22, 53-61; conventions of R's ``psych::schmid`` with
    ``option = "equal"``.

    Examples
    --------
    >>> cor = np.full((9, 9), 0.3) + np.kron(np.eye(3), np.full((3, 3), 0.2))
    >>> np.fill_diagonal(cor, 1)
    >>> fit = schmid_leiman_solution(cor)
    >>> abs(fit.loadings[0] ** 2).round(3).tolist()
    [0.3, 0.2, 0.0, 0.0]
    """
    if rotation not in ("oblimin", "promax", "geomin"):
        raise ValueError(f"rotation must be oblimin, promax or geomin, got {rotation!r}")
    factors = extract(cor, n_factors, method)
    turned = rotate(factors.loadings, rotation, n_starts=n_starts)
    general, found, improper = _second_order(turned.phi, method)
    on_general = np.sum(turned.loadings * general[..., None, :], axis=-1, keepdims=True)
    rest = np.sqrt(np.maximum(1 - general * general, 0.0))
    loadings = np.concatenate([on_general, turned.loadings * rest[..., None, :]], axis=-1)
    return SchmidLeiman(
        loadings=loadings,
        communality=factors.communality,
        oblique=turned.loadings,
        phi=turned.phi,
        second_order=general,
        converged=factors.converged & turned.converged & found,
        heywood=factors.heywood | improper,
        agreeing=turned.agreeing,
    )


def _second_order(
    phi: FloatArray, method: ExtractionName
) -> tuple[FloatArray, BoolArray, BoolArray]:
    """Loadings of factors on the general one, whether they were found, whether improper."""
    m = phi.shape[-1]
    known = np.asarray(np.isfinite(phi).all(axis=(-1, -2)))
    if m == 1:
        return np.where(known[..., None], 1.0, np.nan), known, np.zeros_like(known)
    if m == 2:
        r = phi[..., 0, 1]
        root = np.sqrt(np.abs(r))
        # two factors that correlate negatively share nothing that could be called general
        return np.stack([root, np.sign(r) * root], axis=-1), known, np.asarray(r < 0)
    general: Extraction = extract(phi, 1, method)
    return general.loadings[..., 0], np.asarray(general.converged), np.asarray(general.heywood)


def omega_hierarchical(
    cor: ArrayLike,
    *,
    n_factors: int = 3,
    method: ExtractionName = "minres",
    rotation: Literal["oblimin", "promax", "geomin"] = "oblimin",
    flip: bool = True,
    n_starts: int = 30,
) -> OmegaHierarchical:
    """Omega hierarchical, total, asymptotic and of groups, from a Schmid-Leiman solution.

    Parameters
    ----------
    cor
        Correlations of the items (polychoric ones give the omega of latent responses),
        ``(..., p, p)``.
    n_factors, method, rotation, n_starts
        As for :func:`schmid_leiman_solution`.
    flip
        Whether items that load on the general factor negatively are turned before they are summed.

    Returns
    -------
    OmegaHierarchical
        NaN where the factors could not be found. Look at ``converged``, ``heywood`` and ``df``
        before a number is believed. With one factor, omega_hierarchical and omega_asymptotic say
        nothing beyond omega_total (the latter can pass 1); they are given as R gives them.

    Raises
    ------
    ValueError
        When a word is unknown, or m is not between 1 and p - 1.

    Notes
    -----
    McDonald (1999), Test theory; Zinbarg, Revelle, Yovel and Li (2005), Psychometrika 70, 123-133.
    Conventions of R's ``psych::omega``: the variance of the total is that of the correlations, not
    that of the model.

    Examples
    --------
    >>> cor = np.full((9, 9), 0.3) + np.kron(np.eye(3), np.full((3, 3), 0.2))
    >>> np.fill_diagonal(cor, 1)
    >>> fit = omega_hierarchical(cor)
    >>> float(fit.omega_total.round(4)), float(fit.omega_hierarchical.round(4))
    (0.8684, 0.7105)
    """
    cor = as_square(cor)
    fit = schmid_leiman_solution(
        cor, n_factors=n_factors, method=method, rotation=rotation, n_starts=n_starts
    )
    key = np.ones(fit.loadings.shape[:-1])
    if flip:
        key = np.where(fit.loadings[..., 0] < 0, -1.0, 1.0)
    loadings = fit.loadings * key[..., None]
    sd = np.sqrt(np.diagonal(cor, axis1=-2, axis2=-1))
    with np.errstate(divide="ignore", invalid="ignore"):
        turned = key / sd
        keyed = cor * turned[..., :, None] * turned[..., None, :]
        total = keyed.sum(axis=(-1, -2))
        unique = np.sum(1 - fit.communality, axis=-1)
        common = np.sum(_implied(fit) * key[..., :, None] * key[..., None, :], axis=(-1, -2))
        general = loadings[..., 0].sum(axis=-1) ** 2
        square = np.sum(loadings * loadings, axis=-2)
        group = np.argmax(np.abs(np.nan_to_num(loadings[..., 1:])), axis=-1)
        omega_total = 1 - unique / total
        return OmegaHierarchical(
            omega_total=omega_total,
            omega_total_implied=common / (common + unique),
            omega_hierarchical=general / total,
            omega_asymptotic=general / (total - unique),
            omega_group=_omega_group(keyed, loadings, group, omega_total),
            ecv=square[..., 0] / square.sum(axis=-1),
            loadings=loadings,
            communality=fit.communality,
            key=key,
            group=group,
            oblique=fit.oblique,
            phi=fit.phi,
            second_order=fit.second_order,
            converged=fit.converged,
            heywood=fit.heywood,
            agreeing=fit.agreeing,
            df=degrees_of_freedom(cor.shape[-1], n_factors),
        )


def _implied(fit: SchmidLeiman) -> FloatArray:
    return fit.oblique @ fit.phi @ np.swapaxes(fit.oblique, -1, -2)


def _omega_group(
    cor: FloatArray, loadings: FloatArray, group: IntArray, omega_total: FloatArray
) -> FloatArray:
    """Shares of the variance of the whole total and of the total of each group."""
    m = loadings.shape[-1] - 1
    member = (group[..., None] == np.arange(m)).astype(np.float64)
    variance = np.einsum("...ig,...ij,...jg->...g", member, cor, member)
    general = np.einsum("...ig,...i->...g", member, loadings[..., 0]) ** 2
    own = np.sum(member * loadings[..., 1:], axis=-2) ** 2
    total = cor.sum(axis=(-1, -2))
    whole = np.stack(
        [omega_total, loadings[..., 0].sum(axis=-1) ** 2 / total, own.sum(axis=-1) / total], axis=-1
    )
    groups = np.stack([general + own, general, own], axis=-1) / variance[..., None]
    groups = np.where(member.sum(axis=-2)[..., None] > 0, groups, np.nan)
    shares: FloatArray = np.concatenate([whole[..., None, :], groups], axis=-2)
    return shares


def degrees_of_freedom(p: int, n_factors: int) -> int:
    """Correlations of p items less the free parameters of m factors.

    Parameters
    ----------
    p, n_factors
        Numbers of items and of factors.

    Returns
    -------
    int
        Below 0, many sets of loadings fit equally well (Ledermann, 1937, Psychometrika 2, 85-93).

    Examples
    --------
    >>> degrees_of_freedom(15, 3), degrees_of_freedom(5, 3)
    (63, -2)
    """
    return p * (p - 1) // 2 - p * n_factors + n_factors * (n_factors - 1) // 2
