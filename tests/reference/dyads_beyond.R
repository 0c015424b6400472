# Writes tests/reference/dyads_beyond.json: dyadic models other than the plain actor-partner model, by
# lavaan; judgements clustered by dyad, by sandwich; profile similarity, by hand.
# Run from this folder:  Rscript dyads_beyond.R     (R 4.2.2, lavaan 0.6-14, sandwich 3.0-2)
#
# The data are made here and written beside the values, rounded to four digits: "couples.csv" has y
# (outcome), x (predictor) and m (mediator) of both partners of 240 couples, some answers missing;
# "views.csv" what both partners of 120 couples answer to eight items of themselves and of the other.
# Copies of the likelihood are not shared with the Python code. Profile correlations are written out
# after the definitions of Furr (2008): cor() over items, for distinctive ones after the item means
# (of each role, or of all people) are taken away; pseudo-couples are all pairs that are no couple.

suppressMessages({library(lavaan); library(sandwich); library(jsonlite)})
options(digits = 15)
dir.create("data", showWarnings = FALSE)
cases <- list()
add <- function(id, data, values, tol, ...) {
  cases[[length(cases) + 1]] <<- list(id = id, data = data, tol = tol, graded = TRUE, values = values, ...)
}

# ---------------------------------------------------------------- data

set.seed(20241103)
n <- 240
share <- function(r) { z <- rnorm(n); cbind(sqrt(r) * z + sqrt(1 - r) * rnorm(n), sqrt(r) * z + sqrt(1 - r) * rnorm(n)) }
x <- share(.45)
m <- cbind(.5 * x[, 1] + .2 * x[, 2], .35 * x[, 2] + .3 * x[, 1]) + .8 * share(.3)
y <- cbind(-.4 * m[, 1] - .2 * m[, 2] - .2 * x[, 1], -.3 * m[, 2] - .1 * m[, 1] - .25 * x[, 2]) + .7 * share(.45)
couples <- round(data.frame(y_1 = y[, 1], y_2 = y[, 2] + .2, x_1 = x[, 1], x_2 = x[, 2],
                            m_1 = m[, 1], m_2 = m[, 2]), 4)
gone <- matrix(runif(n * 6) < .08, n, 6); gone[rowSums(gone) > 4, ] <- FALSE
couples[gone] <- NA
write.csv(cbind(dyad = 1:n, couples), "data/couples.csv", row.names = FALSE, na = "", quote = FALSE)
couples <- read.csv("data/couples.csv")
whole <- na.omit(couples)

k <- 8; N <- 120
norm <- seq(1.8, 3.4, length.out = k); d <- share(.35)[1:N, ]
own <- told <- list()
for (a in 1:2) own[[a]] <- outer(d[, a], rep(.6, k)) + rep(norm, each = N) + rnorm(N * k) * .8
for (a in 1:2) told[[a]] <- outer(.1 + .6 * d[, a] + .25 * d[, 3 - a], rep(.6, k)) + rep(norm, each = N) +
  .3 * (own[[a]] - outer(d[, a], rep(.6, k)) - rep(norm, each = N)) + rnorm(N * k) * .7
likert <- function(z) pmin(pmax(round(z), 1), 5)
views <- do.call(rbind, lapply(1:2, function(a) {
  out <- data.frame(dyad = 1:N, role = c("A", "B")[a], likert(own[[a]]), likert(told[[3 - a]]))
  names(out)[-(1:2)] <- c(paste0("own_", 1:k), paste0("sees_", 1:k)); out }))
views[cbind(sample(nrow(views), 25), sample(3:(2 + 2 * k), 25, TRUE))] <- NA
write.csv(views, "data/views.csv", row.names = FALSE, na = "", quote = FALSE)
views <- read.csv("data/views.csv")

# ---------------------------------------------------------------- models

models <- list(
  common_fate = "
    outcome =~ 1*y_1 + 1*y_2; predictor =~ 1*x_1 + 1*x_2; outcome ~ b*predictor
    y_1 ~~ x_1; y_2 ~~ x_2",
  common_fate.exchangeable = "
    outcome =~ 1*y_1 + 1*y_2; predictor =~ 1*x_1 + 1*x_2; outcome ~ b*predictor
    y_1 ~~ c*x_1; y_2 ~~ c*x_2; y_1 ~~ ey*y_1; y_2 ~~ ey*y_2; x_1 ~~ ex*x_1; x_2 ~~ ex*x_2
    y_1 ~ my*1; y_2 ~ my*1; x_1 ~ mx*1; x_2 ~ mx*1",
  mutual_influence = "
    y_1 ~ a_1*x_1 + i_1*y_2; y_2 ~ a_2*x_2 + i_2*y_1; y_1 ~~ y_2; x_1 ~~ x_2",
  mutual_influence.exchangeable = "
    y_1 ~ a*x_1 + i*y_2; y_2 ~ a*x_2 + i*y_1; y_1 ~~ y_2; x_1 ~~ x_2
    y_1 ~~ ey*y_1; y_2 ~~ ey*y_2; x_1 ~~ ex*x_1; x_2 ~~ ex*x_2
    y_1 ~ my*1; y_2 ~ my*1; x_1 ~ mx*1; x_2 ~ mx*1",
  mediation = "
    m_1 ~ a11*x_1 + a12*x_2; m_2 ~ a21*x_1 + a22*x_2
    y_1 ~ b11*m_1 + b12*m_2 + c11*x_1 + c12*x_2; y_2 ~ b21*m_1 + b22*m_2 + c21*x_1 + c22*x_2
    m_1 ~~ m_2; y_1 ~~ y_2; x_1 ~~ x_2",
  mediation.exchangeable = "
    m_1 ~ a11*x_1 + a12*x_2; m_2 ~ a12*x_1 + a11*x_2
    y_1 ~ b11*m_1 + b12*m_2 + c11*x_1 + c12*x_2; y_2 ~ b12*m_1 + b11*m_2 + c12*x_1 + c11*x_2
    m_1 ~~ m_2; y_1 ~~ y_2; x_1 ~~ x_2
    m_1 ~~ em*m_1; m_2 ~~ em*m_2; y_1 ~~ ey*y_1; y_2 ~~ ey*y_2; x_1 ~~ ex*x_1; x_2 ~~ ex*x_2
    y_1 ~ my*1; y_2 ~ my*1; x_1 ~ mx*1; x_2 ~ mx*1; m_1 ~ mm*1; m_2 ~ mm*1")

indirect <- function(j, exchangeable) {
  i <- 3 - j
  path <- function(letter, to, from) {
    if (exchangeable) paste0(letter, if (to == from) "11" else "12") else paste0(letter, to, from)
  }
  of <- function(name, text) paste0(name, "_", j, " := ", text)
  c(of("actor_direct", path("c", j, j)),
    of("actor_actor", paste(path("a", j, j), "*", path("b", j, j))),
    of("partner_partner", paste(path("a", i, j), "*", path("b", j, i))),
    of("actor_indirect", paste0("actor_actor_", j, " + partner_partner_", j)),
    of("actor_total", paste0("actor_indirect_", j, " + actor_direct_", j)),
    of("partner_direct", path("c", j, i)),
    of("actor_partner", paste(path("a", i, i), "*", path("b", j, i))),
    of("partner_actor", paste(path("a", j, i), "*", path("b", j, j))),
    of("partner_indirect", paste0("actor_partner_", j, " + partner_actor_", j)),
    of("partner_total", paste0("partner_indirect_", j, " + partner_direct_", j)))
}

for (name in names(models)) for (missing in c("listwise", "fiml")) for (estimator in c("ML", "MLR")) {
  text <- models[[name]]
  if (grepl("mediation", name)) for (j in 1:2) text <- paste(c(text, indirect(j, grepl("exch", name))), collapse = "\n")
  fit <- sem(text, data = if (missing == "fiml") couples else whole, estimator = estimator, fixed.x = FALSE,
             meanstructure = TRUE, missing = if (missing == "fiml") "ml" else "listwise")
  stopifnot(lavInspect(fit, "converged"))
  p <- parameterEstimates(fit, standardized = TRUE, rsquare = FALSE)
  values <- list(n = nobs(fit), df = unname(fitMeasures(fit, "df")), chisq = unname(fitMeasures(fit, "chisq")),
                 parameters = list(lhs = p$lhs, op = p$op, rhs = p$rhs, label = p$label, est = p$est, se = p$se,
                                   low = p$ci.lower, high = p$ci.upper, std = p$std.all))
  add(paste("dyadic", name, missing, estimator, sep = "."), "data/couples.csv", values, 1e-4, model = name,
      missing = missing, estimator = estimator,
      r_call = "lavaan::sem(fixed.x = FALSE, meanstructure = TRUE)")
}

# ---------------------------------------------------------------- judgements

score <- function(z) { s <- rowMeans(z, na.rm = TRUE); s[rowSums(!is.na(z)) < .8 * ncol(z)] <- NA; s }
A <- views[views$role == "A", ]; B <- views[views$role == "B", ]
o <- paste0("own_", 1:k); s <- paste0("sees_", 1:k)
# about A: what A says, what B says of A, what B says of B
pairs <- rbind(data.frame(dyad = A$dyad, about = "A", truth = score(A[o]), judgement = score(B[s]), bias = score(B[o])),
               data.frame(dyad = B$dyad, about = "B", truth = score(B[o]), judgement = score(A[s]), bias = score(A[o])))
clustered <- function(fit, g, type) {
  V <- vcovCL(fit, cluster = g, type = type, cadjust = TRUE); G <- length(unique(g))
  b <- coef(fit); se <- sqrt(diag(V)); half <- qt(.975, G - 1) * se
  list(estimate = unname(b), se = unname(se), low = unname(b - half), high = unname(b + half),
       p = unname(2 * pt(-abs(b / se), G - 1)), df = G - 1)
}
here <- na.omit(pairs[c("dyad", "truth", "judgement")])
d <- here$judgement - here$truth
add("judgements.difference", "data/views.csv", c(clustered(lm(d ~ 1), here$dyad, "HC0"),
    list(n = nrow(here), mean_self = mean(here$truth), mean_partner = mean(here$judgement), sd = sd(d),
         limits = mean(d) + c(-1, 1) * qnorm(.975) * sd(d), r = cor(here$truth, here$judgement))), 1e-9,
    r_call = "sandwich::vcovCL(lm(judgement - truth ~ 1), type = 'HC0', cadjust = TRUE)")
tb <- na.omit(pairs)
centre <- function(z) within(z, { judgement <- judgement - mean(truth); truth <- truth - mean(truth); bias <- bias - mean(bias) })
one <- centre(tb); fit <- lm(judgement ~ truth + bias, one)
add("judgements.truth_bias", "data/views.csv", c(clustered(fit, one$dyad, "HC1"), list(r2 = summary(fit)$r.squared,
    n = nrow(one))), 1e-9, r_call = "vcovCL(lm(judgement ~ truth + bias), type = 'HC1')")
two <- do.call(rbind, lapply(split(tb, tb$about), centre))
fit <- lm(judgement ~ 0 + about + about:truth + about:bias, two)
V <- vcovCL(fit, cluster = two$dyad, type = "HC1"); b <- coef(fit); G <- length(unique(two$dyad))
contrast <- b[c(1, 3, 5)] - b[c(2, 4, 6)]
se <- sqrt(sapply(c(1, 3, 5), function(i) V[i, i] + V[i + 1, i + 1] - 2 * V[i, i + 1]))
add("judgements.truth_bias_roles", "data/views.csv", list(A = unname(b[c(1, 3, 5)]), B = unname(b[c(2, 4, 6)]),
    difference = unname(contrast), difference_se = unname(se), p = unname(2 * pt(-abs(contrast / se), G - 1))), 1e-9,
    r_call = "vcovCL(lm(judgement ~ 0 + about + about:truth + about:bias), type = 'HC1')")

# ---------------------------------------------------------------- profiles

r_of <- function(p, q) { ok <- !is.na(p) & !is.na(q); if (sum(ok) < 3 || sd(p[ok]) == 0 || sd(q[ok]) == 0) NA else cor(p[ok], q[ok]) }
profiles <- function(X, Y) {
  all <- matrix(NA_real_, nrow(X), nrow(Y))
  for (i in seq_len(nrow(X))) for (j in seq_len(nrow(Y))) all[i, j] <- r_of(X[i, ], Y[j, ])
  all
}
minus <- function(X, mean) sweep(X, 2, mean)
describe <- function(all) list(r = diag(all), mean = mean(diag(all), na.rm = TRUE), pseudo = mean(all[row(all) != col(all)], na.rm = TRUE))
a <- as.matrix(A[o]); b <- as.matrix(B[o])
ca <- colMeans(a, na.rm = TRUE); cb <- colMeans(b, na.rm = TRUE)
pair <- function(raw, distinctive) list(raw = describe(raw), distinctive = describe(distinctive))
add("profiles.partners", "data/views.csv", pair(profiles(a, b), profiles(minus(a, ca), minus(b, cb))), 1e-9)
both <- rbind(a, b); cc <- colMeans(both, na.rm = TRUE)
every <- function(X) {  # all pairs of people that are no couple
  all <- profiles(X, X); who <- rep(1:N, 2); out <- outer(who, who, "!=")
  own <- all[cbind(1:N, N + 1:N)]
  list(r = own, mean = mean(own, na.rm = TRUE), pseudo = mean(all[out], na.rm = TRUE))
}
add("profiles.exchangeable", "data/views.csv", list(raw = every(both), distinctive = every(minus(both, cc))), 1e-9)
ta <- as.matrix(B[s]); tb <- as.matrix(A[s])
joint <- function(f) {
  one <- f(a, ta); two <- f(b, tb); both <- list(one, two)
  off <- unlist(lapply(both, function(m) m[row(m) != col(m)])); own <- unlist(lapply(both, diag))
  list(r = own, mean = mean(own, na.rm = TRUE), pseudo = mean(off, na.rm = TRUE))
}
add("profiles.judged", "data/views.csv", list(raw = joint(profiles), distinctive = joint(function(p, q)
  profiles(minus(p, colMeans(p, na.rm = TRUE)), minus(q, colMeans(q, na.rm = TRUE))))), 1e-9)

meta <- list(about = "dyadic models, judgements of partners, profile similarity", R = R.version.string,
             packages = list(lavaan = as.character(packageVersion("lavaan")), sandwich = as.character(packageVersion("sandwich"))))
write(toJSON(list(meta = meta, cases = cases), auto_unbox = TRUE, digits = I(15), na = "null"), "dyads_beyond.json")
