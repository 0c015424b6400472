"""The literature that sentences cite, as data: key -> entry; written as BibTeX and in APA style.

A DOI is given where it is known for certain, and left out elsewhere.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["article", "book", "inproceedings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One entry.

    Attributes
    ----------
    kind
        Type of the BibTeX entry.
    authors
        Family names and given names as "Family, G. H.", in order; "others" at the end for many.
    year, title
        As printed.
    fields
        The other BibTeX fields in order; pages with two hyphens.
    """

    kind: Kind = "article"
    authors: tuple[str, ...]
    year: int
    title: str
    fields: Mapping[str, str] = field(default_factory=dict)


def _article(
    authors: str, year: int, title: str, journal: str, volume: str, pages: str, *,
    number: str = "", doi: str = "",
) -> Reference:  # fmt: skip
    given = {"journal": journal, "volume": volume, "number": number, "pages": pages, "doi": doi}
    return Reference(
        authors=tuple(authors.split(" and ")),
        year=year,
        title=title,
        fields={name: value for name, value in given.items() if value},
    )


def _book(authors: str, year: int, title: str, publisher: str, *, edition: str = "") -> Reference:
    more = {"edition": edition} if edition else {}
    return Reference(
        kind="book",
        authors=tuple(authors.split(" and ")),
        year=year,
        title=title,
        fields={"publisher": publisher, **more},
    )


REFERENCES: dict[str, Reference] = {
    "appelbaum2018": _article(
        "Appelbaum, M. and Cooper, H. and Kline, R. B. and Mayo-Wilson, E. and Nezu, A. M. and "
        "Rao, S. M.", 2018,
        "Journal article reporting standards for quantitative research in psychology: The APA "
        "Publications and Communications Board task force report",
        "American Psychologist", "73", "3--25", number="1", doi="10.1037/amp0000191",
    ),
    "aiken1991": _book(
        "Aiken, L. S. and West, S. G.", 1991,
        "Multiple regression: Testing and interpreting interactions", "Sage",
    ),
    "benjamini1995": _article(
        "Benjamini, Y. and Hochberg, Y.", 1995,
        "Controlling the false discovery rate: A practical and powerful approach to multiple "
        "testing", "Journal of the Royal Statistical Society: Series B", "57", "289--300",
        number="1",
    ),
    "bonett2000": _article(
        "Bonett, D. G. and Wright, T. A.", 2000,
        "Sample size requirements for estimating Pearson, Kendall and Spearman correlations",
        "Psychometrika", "65", "23--28", number="1", doi="10.1007/BF02294183",
    ),
    "chen2007": _article(
        "Chen, F. F.", 2007,
        "Sensitivity of goodness of fit indexes to lack of measurement invariance",
        "Structural Equation Modeling", "14", "464--504", number="3",
        doi="10.1080/10705510701301834",
    ),
    "cronbach1951": _article(
        "Cronbach, L. J.", 1951, "Coefficient alpha and the internal structure of tests",
        "Psychometrika", "16", "297--334", number="3", doi="10.1007/BF02310555",
    ),
    "efron1987": _article(
        "Efron, B.", 1987, "Better bootstrap confidence intervals",
        "Journal of the American Statistical Association", "82", "171--185", number="397",
        doi="10.1080/01621459.1987.10478410",
    ),
    "eisinga2013": _article(
        "Eisinga, R. and te Grotenhuis, M. and Pelzer, B.", 2013,
        "The reliability of a two-item scale: Pearson, Cronbach, or Spearman-Brown?",
        "International Journal of Public Health", "58", "637--642", number="4",
        doi="10.1007/s00038-012-0416-3",
    ),
    "feldt1987": _article(
        "Feldt, L. S. and Woodruff, D. J. and Salih, F. A.", 1987,
        "Statistical inference for coefficient alpha", "Applied Psychological Measurement", "11",
        "93--103", number="1", doi="10.1177/014662168701100107",
    ),
    "fieller1957": _article(
        "Fieller, E. C. and Hartley, H. O. and Pearson, E. S.", 1957,
        "Tests for rank correlation coefficients. I", "Biometrika", "44", "470--481",
    ),
    "fisher1921": _article(
        "Fisher, R. A.", 1921,
        "On the probable error of a coefficient of correlation deduced from a small sample",
        "Metron", "1", "3--32",
    ),
    "harris2020": _article(
        "Harris, C. R. and Millman, K. J. and van der Walt, S. J. and others", 2020,
        "Array programming with NumPy", "Nature", "585", "357--362",
        doi="10.1038/s41586-020-2649-2",
    ),
    "hedges1981": _article(
        "Hedges, L. V.", 1981,
        "Distribution theory for Glass's estimator of effect size and related estimators",
        "Journal of Educational Statistics", "6", "107--128", number="2",
    ),
    "holm1979": _article(
        "Holm, S.", 1979, "A simple sequentially rejective multiple test procedure",
        "Scandinavian Journal of Statistics", "6", "65--70", number="2",
    ),
    "horn1965": _article(
        "Horn, J. L.", 1965, "A rationale and test for the number of factors in factor analysis",
        "Psychometrika", "30", "179--185", number="2", doi="10.1007/BF02289447",
    ),
    "jacobson1991": _article(
        "Jacobson, N. S. and Truax, P.", 1991,
        "Clinical significance: A statistical approach to defining meaningful change in "
        "psychotherapy research", "Journal of Consulting and Clinical Psychology", "59", "12--19",
        number="1", doi="10.1037/0022-006X.59.1.12",
    ),
    "kenny2006": _book(
        "Kenny, D. A. and Kashy, D. A. and Cook, W. L.", 2006, "Dyadic data analysis",
        "Guilford Press",
    ),
    "kuder1937": _article(
        "Kuder, G. F. and Richardson, M. W.", 1937,
        "The theory of the estimation of test reliability", "Psychometrika", "2", "151--160",
        number="3", doi="10.1007/BF02288391",
    ),
    "maxwell2007": _article(
        "Maxwell, S. E. and Cole, D. A.", 2007,
        "Bias in cross-sectional analyses of longitudinal mediation", "Psychological Methods",
        "12", "23--44", number="1", doi="10.1037/1082-989X.12.1.23",
    ),
    "mcdonald1999": _book(
        "McDonald, R. P.", 1999, "Test theory: A unified treatment", "Lawrence Erlbaum",
    ),
    "mckinney2010": Reference(
        kind="inproceedings",
        authors=("McKinney, W.",),
        year=2010,
        title="Data structures for statistical computing in Python",
        fields={
            "booktitle": "Proceedings of the 9th Python in Science Conference",
            "pages": "56--61",
        },
    ),
    "meade2012": _article(
        "Meade, A. W. and Craig, S. B.", 2012, "Identifying careless responses in survey data",
        "Psychological Methods", "17", "437--455", number="3", doi="10.1037/a0028085",
    ),
    "miller1974": _article(
        "Miller, R. G.", 1974, "The jackknife: A review", "Biometrika", "61", "1--15", number="1",
    ),
    "olsson1979": _article(
        "Olsson, U.", 1979, "Maximum likelihood estimation of the polychoric correlation "
        "coefficient", "Psychometrika", "44", "443--460", number="4", doi="10.1007/BF02296207",
    ),
    "rhemtulla2012": _article(
        "Rhemtulla, M. and Brosseau-Liard, P. E. and Savalei, V.", 2012,
        "When can categorical variables be treated as continuous? A comparison of robust "
        "continuous and categorical SEM estimation methods under suboptimal conditions",
        "Psychological Methods", "17", "354--373", number="3", doi="10.1037/a0029315",
    ),
    "samejima1969": _article(
        "Samejima, F.", 1969, "Estimation of latent ability using a response pattern of graded "
        "scores", "Psychometrika", "34", "1--97", number="S1",
    ),
    "shrout1979": _article(
        "Shrout, P. E. and Fleiss, J. L.", 1979,
        "Intraclass correlations: Uses in assessing rater reliability", "Psychological Bulletin",
        "86", "420--428", number="2", doi="10.1037/0033-2909.86.2.420",
    ),
    "steegen2016": _article(
        "Steegen, S. and Tuerlinckx, F. and Gelman, A. and Vanpaemel, W.", 2016,
        "Increasing transparency through a multiverse analysis",
        "Perspectives on Psychological Science", "11", "702--712", number="5",
        doi="10.1177/1745691616658637",
    ),
    "virtanen2020": _article(
        "Virtanen, P. and Gommers, R. and Oliphant, T. E. and others", 2020,
        "SciPy 1.0: Fundamental algorithms for scientific computing in Python", "Nature Methods",
        "17", "261--272", number="3", doi="10.1038/s41592-019-0686-2",
    ),
    "welch1947": _article(
        "Welch, B. L.", 1947, "The generalization of Student's problem when several different "
        "population variances are involved", "Biometrika", "34", "28--35",
    ),
    "west2011": _article(
        "West, T. V. and Kenny, D. A.", 2011, "The truth and bias model of judgment",
        "Psychological Review", "118", "357--378", number="2", doi="10.1037/a0022936",
    ),
    "wilson1927": _article(
        "Wilson, E. B.", 1927, "Probable inference, the law of succession, and statistical "
        "inference", "Journal of the American Statistical Association", "22", "209--212",
        number="158",
    ),
}  # fmt: skip


def in_text(key: str) -> str:
    """Authors and year as a sentence has them in brackets.

    Examples
    --------
    >>> in_text("cronbach1951"), in_text("benjamini1995"), in_text("feldt1987")
    ('Cronbach, 1951', 'Benjamini & Hochberg, 1995', 'Feldt et al., 1987')
    """
    entry = REFERENCES[key]
    names = [author.split(",")[0] for author in entry.authors]
    who = " & ".join(names) if len(names) < 3 else f"{names[0]} et al."
    return f"{who}, {entry.year}"


def bibtex(keys: Iterable[str]) -> str:
    """BibTeX entries of some keys, each once, in the order of the keys' names.

    Examples
    --------
    >>> print(bibtex(["mcdonald1999"]))
    @book{mcdonald1999,
      author = {McDonald, R. P.},
      year = {1999},
      title = {{Test theory: A unified treatment}},
      publisher = {Lawrence Erlbaum},
    }
    """
    return "\n\n".join(_entry(key, REFERENCES[key]) for key in sorted(set(keys)))


def _entry(key: str, entry: Reference) -> str:
    given = {
        "author": " and ".join(entry.authors),
        "year": str(entry.year),
        "title": f"{{{entry.title}}}",  # the inner braces keep capitals
        **entry.fields,
    }
    lines = [
        f"  {name} = {{{value.replace('&', chr(92) + '&')}}}," for name, value in given.items()
    ]
    return "\n".join([f"@{entry.kind}{{{key},", *lines, "}"])
