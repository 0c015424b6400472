# Writes tests/reference/dyads.json from data/dyads.csv: actor-partner models by lavaan (with all
# answers, robust, with constraints) and by multilevel models of the same dyads (nlme, lme4), tests
# of distinguishability, comparisons of roles.
# Run from this folder:  Rscript dyads.R     (R 4.2.2, lavaan 0.6-14, nlme 3.1-162, lme4 1.1-31)
#
# data/dyads.csv holds 210 simulated couples of the second wave of data/sample (one row a couple; 140
# with two roles, 70 whose roles are arbitrary), some of whom one partner did not answer.

suppressMessages({library(lavaan); library(nlme); library(lme4); library(jsonlite)})
options(digits = 15)
d <- read.csv("data/dyads.csv")
mixed <- d[d$arbitrary == 0, ]
cases <- list()
add <- function(id, tol, call, values, ...) {
  cases[[length(cases) + 1]] <<- c(
    list(id = id, data = "data/dyads.csv", r_call = call, graded = TRUE, tol = tol),
    list(...), list(values = values))
}

free <- "
  sat_1 ~ a_1*signs_1 + p_1*signs_2
  sat_2 ~ a_2*signs_2 + p_2*signs_1
  sat_1 ~~ sat_2
  signs_1 ~~ signs_2
  a_diff := a_1 - a_2
  p_diff := p_1 - p_2
  sum_1 := a_1 + p_1
  k_1 := p_1 / a_1
  k_2 := p_2 / a_2"
same <- "
  sat_1 ~ a*signs_1 + p*signs_2
  sat_2 ~ a*signs_2 + p*signs_1
  sat_1 ~ i*1
  sat_2 ~ i*1
  signs_1 ~ m*1
  signs_2 ~ m*1
  sat_1 ~~ e*sat_1
  sat_2 ~~ e*sat_2
  signs_1 ~~ v*signs_1
  signs_2 ~~ v*signs_2
  sat_1 ~~ sat_2
  signs_1 ~~ signs_2
  contrast := a - p"
fit <- function(model, data, ...) sem(model, data, fixed.x = FALSE, meanstructure = TRUE, ...)
labelled <- function(f) {
  t <- parameterEstimates(f)
  t <- t[t$label != "", ]
  t <- t[!duplicated(t$label), ]
  list(label = t$label, est = t$est, se = t$se, low = t$ci.lower, high = t$ci.upper)
}
test <- function(f, g, robust = FALSE) {
  t <- lavTestLRT(f, g, method = if (robust) "satorra.bentler.2001" else "default")
  list(chisq = t[2, "Chisq diff"], df = t[2, "Df diff"], p = t[2, "Pr(>Chisq)"])
}

for (how in list(list("ML", "fiml"), list("MLR", "fiml"), list("ML", "listwise"), list("MLR", "listwise"))) {
  f <- fit(free, mixed, estimator = how[[1]], missing = if (how[[2]] == "fiml") "ml" else "listwise")
  g <- fit(same, mixed, estimator = how[[1]], missing = if (how[[2]] == "fiml") "ml" else "listwise")
  robust <- how[[1]] == "MLR"
  equal <- function(...) fit(paste(c(free, ...), collapse = "\n"), mixed, estimator = how[[1]],
    missing = if (how[[2]] == "fiml") "ml" else "listwise")
  values <- c(labelled(f), list(
    residual_r = standardizedSolution(f)[5, "est.std"], residual_r_se = standardizedSolution(f)[5, "se"],
    r2 = as.numeric(lavInspect(f, "rsquare")), n = lavInspect(f, "ntotal"),
    omnibus = test(f, g, robust), actor = test(f, equal("a_1 == a_2"), robust),
    partner = test(f, equal("p_1 == p_2"), robust),
    slopes = test(f, equal("a_1 == a_2", "p_1 == p_2"), robust)))
  add(paste("apim.own", how[[1]], how[[2]], sep = "."), if (robust) 1e-4 else 2e-5,
      "lavaan::sem(fixed.x = FALSE, meanstructure = TRUE), lavTestLRT", values,
      method = how[[1]], missing = how[[2]], dyads = "distinguishable")
  h <- fit(same, d, estimator = how[[1]], missing = if (how[[2]] == "fiml") "ml" else "listwise")
  add(paste("apim.own.same", how[[1]], how[[2]], sep = "."), if (robust) 1e-4 else 2e-5,
      "lavaan::sem with all moments of partners equal", c(labelled(h), list(n = lavInspect(h, "ntotal"))),
      method = how[[1]], missing = how[[2]], dyads = "all")
}

with_controls <- "
  sat_1 ~ a_1*signs_1 + p_1*signs_2 + ca_1*conflict_1 + cp_1*conflict_2 + s_1*months
  sat_2 ~ a_2*signs_2 + p_2*signs_1 + ca_2*conflict_2 + cp_2*conflict_1 + s_2*months
  sat_1 ~~ sat_2"
f <- fit(with_controls, mixed, missing = "ml")
add("apim.own.controls", 2e-5, "lavaan::sem, predictors own and partner's and the dyad's",
    c(labelled(f), list(n = lavInspect(f, "ntotal"))), method = "ML", missing = "fiml",
    dyads = "distinguishable")

# parts of the test of distinguishability
saturated <- "
  sat_1 ~~ v1*sat_1 + w1*signs_1 + sat_2 + b1*signs_2
  sat_2 ~~ v2*sat_2 + w2*signs_2 + b2*signs_1
  signs_1 ~~ u1*signs_1 + signs_2
  signs_2 ~~ u2*signs_2
  sat_1 ~ m1*1
  sat_2 ~ m2*1
  signs_1 ~ n1*1
  signs_2 ~ n2*1"
parts <- list(
  omnibus = c("m1 == m2", "n1 == n2", "v1 == v2", "u1 == u2", "w1 == w2", "b1 == b2"),
  means = c("m1 == m2", "n1 == n2"), variances = c("v1 == v2", "u1 == u2"),
  covariances_within = "w1 == w2", covariances_between = "b1 == b2")
f <- lavaan(saturated, mixed, missing = "ml", meanstructure = TRUE)
add("exchangeable.own", 1e-4, "lavaan::lavaan, equalities of a saturated model",
    lapply(parts, function(p) test(f, lavaan(paste(c(saturated, p), collapse = "\n"), mixed,
      missing = "ml", meanstructure = TRUE))))

# the same dyads as a multilevel model: complete ones, one row a person
long <- function(x) {
  x <- x[complete.cases(x[, c("sat_1", "sat_2", "signs_1", "signs_2")]), ]
  rbind(data.frame(dyad = x$dyad, role = "1", y = x$sat_1, own = x$signs_1, partner = x$signs_2),
        data.frame(dyad = x$dyad, role = "2", y = x$sat_2, own = x$signs_2, partner = x$signs_1))
}
two <- long(mixed)
g <- gls(y ~ role + role:own + role:partner - 1, two, correlation = corSymm(form = ~ 1 | dyad),
         weights = varIdent(form = ~ 1 | role), method = "ML",
         control = glsControl(tolerance = 1e-12, msTol = 1e-14, maxIter = 500, msMaxIter = 500))
t <- summary(g)$tTable
add("multilevel.own.distinguishable", 1e-5, "nlme::gls(corSymm, varIdent, method = 'ML')",
    list(n = nrow(two) / 2, actor = as.numeric(t[3:4, 1]), partner = as.numeric(t[5:6, 1]),
         actor_se = as.numeric(t[3:4, 2]), partner_se = as.numeric(t[5:6, 2]),
         residual_r = as.numeric(coef(g$modelStruct$corStruct, unconstrained = FALSE))),
    note = "nlme divides the variance by N - p, lavaan by N")
every <- long(d)
l <- lmer(y ~ own + partner + (1 | dyad), every, REML = FALSE,
          control = lmerControl(optCtrl = list(xtol_abs = 1e-12, ftol_abs = 1e-14)))
c <- summary(l)$coefficients
v <- as.data.frame(VarCorr(l))$vcov
add("multilevel.own.indistinguishable", 1e-5, "lme4::lmer(y ~ own + partner + (1 | dyad), REML = FALSE)",
    list(n = nrow(every) / 2, actor = c[2, 1], partner = c[3, 1], actor_se = c[2, 2],
         partner_se = c[3, 2], residual_r = v[1] / sum(v)))

# roles compared
both <- mixed[complete.cases(mixed[, c("sat_1", "sat_2")]), ]
x <- both$sat_1; y <- both$sat_2
paired <- t.test(x, y, paired = TRUE)
spread <- cor.test(x + y, x - y)
n <- length(x); t0 <- as.numeric(paired$statistic)
ncp <- function(q) uniroot(function(d) pt(t0, n - 1, d) - q, c(-20, 20), tol = 1e-12)$root / sqrt(n)
r <- cor(x, y); q <- qt(.975, n - 2); K <- 1 + 2 * (1 - r^2) * q^2 / (n - 2)
add("roles.own", 1e-7, "t.test(paired = TRUE), cor.test(x + y, x - y), hand (noncentral t; Morgan 1939)",
    list(n = n, difference = as.numeric(paired$estimate), t = t0, p = paired$p.value,
         dz_interval = c(ncp(.975), ncp(.025)), variance_t = as.numeric(spread$statistic),
         variance_p = spread$p.value, variance_ratio = var(x) / var(y),
         ratio_interval = var(x) / var(y) * c(K - sqrt(K^2 - 1), K + sqrt(K^2 - 1)),
         double_entry = cor(c(x, y), c(y, x))))

write_json(list(meta = list(R = R.version.string,
  packages = list(lavaan = as.character(packageVersion("lavaan")), nlme = as.character(packageVersion("nlme")),
                  lme4 = as.character(packageVersion("lme4")))), cases = cases),
  "dyads.json", digits = 15, auto_unbox = TRUE)
