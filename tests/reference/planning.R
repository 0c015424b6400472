# Writes planning.json: paired shares, power and interval widths, computed by R. Run from this
# folder:  Rscript planning.R
#
# Needs R with pwr, lavaan and jsonlite. "hand" marks formulas written out here with R's own
# distributions: no installed package has the interval of Newcombe or Tango for paired shares, the
# power of a slope with random predictors, or that of Feldt's test.

suppressMessages({library(pwr); library(lavaan); library(jsonlite)})
options(digits = 15)
cases <- list()
add <- function(id, r_call, values, tol = 1e-9, ...) {
  cases[[length(cases) + 1]] <<- c(list(id = id, r_call = r_call, graded = TRUE, tol = tol),
                                   list(...), list(values = values))
}

# ---- paired shares: both, lost, gained, neither
newcombe <- function(a, b, c, d, conf = .95) {
  n <- a + b + c + d; p1 <- (a + b) / n; p2 <- (a + c) / n
  w1 <- prop.test(a + b, n, correct = FALSE, conf.level = conf)$conf.int
  w2 <- prop.test(a + c, n, correct = FALSE, conf.level = conf)$conf.int
  top <- a * d - b * c; if (top > 0) top <- max(top - n / 2, 0)
  bottom <- sqrt((a + b) * (c + d) * (a + c) * (b + d)); phi <- if (bottom == 0) 0 else top / bottom
  half <- function(x, y) sqrt(x^2 - 2 * phi * x * y + y^2)
  c(p2 - p1 - half(p2 - w2[1], w1[2] - p1), p2 - p1 + half(w2[2] - p2, p1 - w1[1]))
}
tango <- function(a, b, c, d, conf = .95) {
  n <- a + b + c + d; z <- qnorm((1 + conf) / 2)
  score <- function(delta) {                 # of second - first
    A <- 2 * n; B <- -b - c + (2 * n - c + b) * delta; C <- -b * delta * (1 - delta)
    q <- (sqrt(B^2 - 4 * A * C) - B) / (2 * A)
    (c - b - n * delta) / sqrt(n * (2 * q + delta * (1 - delta)))
  }
  root <- function(f, from, to) uniroot(f, c(from, to), tol = 1e-14)$root
  e <- (c - b) / n; edge <- 1 - 1e-9
  c(root(function(x) score(x) - z, -edge, e), root(function(x) score(x) + z, e, edge))
}
paired_case <- function(id, a, b, c, d) {
  table <- matrix(c(a, c, b, d), 2)
  exact <- binom.test(b, b + c)$p.value
  add(paste0("paired.", id), "mcnemar.test, binom.test; intervals by hand",
      counts = c(a, b, c, d), values = list(
        exact = exact, mid_p = if (b == c) 1 - dbinom(b, b + c, .5) / 2 else
          2 * pbinom(min(b, c), b + c, .5) - dbinom(min(b, c), b + c, .5),
        asymptotic = mcnemar.test(table, correct = FALSE)$p.value,
        corrected = mcnemar.test(table)$p.value,
        newcombe = newcombe(a, b, c, d), newcombe90 = newcombe(a, b, c, d, .9),
        tango = tango(a, b, c, d)))
}
paired_case("airways", 1, 7, 1, 12)          # Bentur and others, in Fagerland, Lydersen and Laake
paired_case("transplants", 59, 6, 16, 80)
paired_case("small", 3, 1, 4, 2)
paired_case("balanced", 10, 5, 5, 20)
paired_case("one_way", 30, 0, 8, 12)
paired_case("against", 2, 15, 9, 3)

# ---- power of t tests
two_groups <- expand.grid(d = c(.2, .5, .8), n = c(10, 64, 400), level = c(.05, .001))
add("power.t", "pwr::pwr.t.test, power.t.test(strict = TRUE)", tol = 1e-7,
    d = two_groups$d, n = two_groups$n, level = two_groups$level,
    values = list(
      two = mapply(function(d, n, level) pwr.t.test(n, d, level)$power, two_groups$d, two_groups$n,
                   two_groups$level),
      paired = mapply(function(d, n, level) pwr.t.test(n, d, level, type = "paired")$power,
                      two_groups$d, two_groups$n, two_groups$level),
      unequal = mapply(function(d, n, level) pwr.t2n.test(n, 2 * n, d, level)$power, two_groups$d,
                       two_groups$n, two_groups$level)))

# ---- power of slopes with random predictors, and of r
slope <- function(effect, n, k, level) {
  df <- n - k - 1; critical <- qt(1 - level / 2, df)
  given <- function(s) pt(critical, df, effect * sqrt(s), lower.tail = FALSE) +
    pt(-critical, df, effect * sqrt(s))
  ends <- qchisq(c(1e-14, .5, 1 - 1e-14), n - k)
  f <- function(s) suppressWarnings(given(s)) * dchisq(s, n - k)
  integrate(f, ends[1], ends[2], rel.tol = 1e-11, subdivisions = 500)$value +
    integrate(f, ends[2], ends[3], rel.tol = 1e-11, subdivisions = 500)$value
}
hotelling <- function(r, rho, n) {           # density of a correlation, Hotelling (1953)
  h <- function(x) {                         # 2F1(1/2, 1/2; n - 1/2; x), by its series
    term <- sum <- rep(1, length(x))
    for (k in 0:400) { term <- term * (k + .5)^2 / (n - .5 + k) / (k + 1) * x; sum <- sum + term }
    sum
  }
  exp(log(n - 2) + lgamma(n - 1) + (n - 1) / 2 * log(1 - rho^2) + (n - 4) / 2 * log(1 - r^2) -
        log(2 * pi) / 2 - lgamma(n - .5) - (n - 1.5) * log(1 - rho * r)) * h((1 + rho * r) / 2)
}
power_r <- function(rho, n, level) {
  t <- qt(1 - level / 2, n - 2); critical <- t / sqrt(t^2 + n - 2)
  f <- function(r) hotelling(r, rho, n)
  integrate(f, critical, 1, rel.tol = 1e-11, subdivisions = 1000)$value +
    integrate(f, -1, -critical, rel.tol = 1e-11, subdivisions = 1000)$value
}
grid <- expand.grid(r = c(.1, .2, .5, -.7), n = c(5, 20, 100, 193), level = c(.05, .05 / 75))
add("power.r", "hand: density of r (Hotelling 1953); pwr::pwr.r.test as an approximation", tol = 1e-7,
    rho = grid$r, n = grid$n, level = grid$level, values = list(
      exact = mapply(power_r, grid$r, grid$n, grid$level),
      approximate = mapply(function(r, n, level) pwr.r.test(n, r, level)$power, grid$r, grid$n,
                           grid$level)))
add("power.slope", "hand: integrate(pt(ncp) * dchisq)", tol = 1e-7,
    effect = c(.1, .3, .3, .5, 1), n = c(200, 60, 100, 12, 8), predictors = c(1, 2, 3, 2, 4),
    values = list(power = mapply(slope, c(.1, .3, .3, .5, 1), c(200, 60, 100, 12, 8),
                                 c(1, 2, 3, 2, 4), .05)))

# ---- coefficient alpha: Feldt's test and interval
alphas <- expand.grid(alpha = c(.75, .8, .9), n = c(20, 100), k = c(2, 5, 15))
feldt_power <- function(alpha, n, k, null = .7, level = .05) {
  d1 <- n - 1; d2 <- d1 * (k - 1); ratio <- (1 - null) / (1 - alpha)
  pf(qf(1 - level / 2, d1, d2) / ratio, d1, d2, lower.tail = FALSE) +
    pf(qf(level / 2, d1, d2) / ratio, d1, d2)
}
feldt_width <- function(alpha, n, k, gamma = NULL) {
  d1 <- n - 1; d2 <- d1 * (k - 1); spread <- qf(.975, d1, d2) - qf(.025, d1, d2)
  # integrate the width over the distribution of the sample's alpha
  seen <- if (is.null(gamma))
    integrate(function(f) df(f, d1, d2) / f, 0, Inf, rel.tol = 1e-10, subdivisions = 1000)$value else
      1 / qf(1 - gamma, d1, d2)
  spread * (1 - alpha) * seen
}
add("power.alpha", "hand: pf, qf (Feldt, Woodruff & Salih 1987)", tol = 1e-7,
    alpha = alphas$alpha, n = alphas$n, k = alphas$k, null = .7, values = list(
      power = mapply(feldt_power, alphas$alpha, alphas$n, alphas$k),
      width = mapply(feldt_width, alphas$alpha, alphas$n, alphas$k),
      assured = mapply(feldt_width, alphas$alpha, alphas$n, alphas$k, .9)))

# ---- widths
width_mean <- function(n, gamma = NULL) {    # two groups of n, in standard deviations
  df <- 2 * n - 2
  sd <- if (is.null(gamma))
    integrate(function(s) sqrt(s / df) * dchisq(s, df), qchisq(1e-15, df),
              qchisq(1e-15, df, lower.tail = FALSE), rel.tol = 1e-11)$value else
      sqrt(qchisq(gamma, df) / df)
  2 * qt(.975, df) * sqrt(2 / n) * sd
}
sizes <- c(5, 20, 50, 65, 200)
add("width.mean", "hand: qt, qchisq", tol = 1e-8, n = sizes,
    values = list(expected = sapply(sizes, width_mean), assured = sapply(sizes, width_mean, .99)))
shares <- expand.grid(share = c(.5, .2, .02), n = c(50, 400))
add("width.share", "prop.test(correct = FALSE)", tol = 1e-9, share = shares$share, n = shares$n,
    values = list(width = mapply(function(p, n)
      diff(suppressWarnings(prop.test(p * n, n, correct = FALSE))$conf.int), shares$share, shares$n)))
rs <- expand.grid(r = c(0, .2, .8), n = c(10, 100, 371))
add("width.r", "hand: tanh(atanh(r) +- z / sqrt(n - 3))", tol = 1e-9, rho = rs$r, n = rs$n,
    values = list(width = mapply(function(r, n)
      diff(tanh(atanh(r) + c(-1, 1) * qnorm(.975) / sqrt(n - 3))), rs$r, rs$n)))

# ---- actor and partner effects: lavaan's standard errors in a population
apim <- function(a, p, icc_x, icc_e, n, same) {
  s <- 1 - (a^2 + p^2 + 2 * a * p * icc_x)
  X <- matrix(c(1, icc_x, icc_x, 1), 2); B <- matrix(c(a, p, p, a), 2)
  E <- s * matrix(c(1, icc_e, icc_e, 1), 2)
  S <- rbind(cbind(X, X %*% B), cbind(B %*% X, B %*% X %*% t(B) + E))
  dimnames(S) <- rep(list(c("x1", "x2", "y1", "y2")), 2)
  model <- if (same) "y1 ~ a*x1 + p*x2
    y2 ~ a*x2 + p*x1
    x1 ~~ v*x1
    x2 ~~ v*x2
    y1 ~~ e*y1 + y2
    y2 ~~ e*y2
    x1 ~~ x2" else "y1 ~ a*x1 + p*x2
    y2 ~ x2 + x1
    y1 ~~ y2
    x1 ~~ x2"
  # the divisor of the covariances is n, so that they are the population's
  fit <- sem(model, sample.cov = S, sample.nobs = n, fixed.x = FALSE,
             sample.cov.rescale = FALSE)
  table <- parameterEstimates(fit)
  se <- table$se[match(c("a", "p"), table$label)]
  power <- function(z) pnorm(z - qnorm(.975)) + pnorm(-z - qnorm(.975))
  c(se, power(c(a, p) / se))
}
designs <- list(c(.3, .15, .3, .3), c(-.5, -.2, .35, .6), c(.2, .2, -.2, .4), c(.1, .05, .5, 0))
for (k in seq_along(designs)) {
  v <- designs[[k]]
  same <- apim(v[1], v[2], v[3], v[4], 1500, TRUE); apart <- apim(v[1], v[2], v[3], v[4], 1500, FALSE)
  add(paste0("apim_power.", k), "lavaan::sem of population covariances, n = 1500; Wald z", tol = 2e-3,
      design = v, n = 1500, values = list(indistinguishable = same[3:4], distinguishable = apart[3:4],
                                          se_indistinguishable = same[1:2]))
}

meta <- list(about = "Expected values for tests/reference, written by planning.R",
             R = R.version.string, packages = list(pwr = as.character(packageVersion("pwr")),
                                                   lavaan = as.character(packageVersion("lavaan"))))
head <- toJSON(meta, auto_unbox = TRUE)
lines <- vapply(cases, function(case) toJSON(case, auto_unbox = TRUE, digits = I(15), na = "null"), "")
writeLines(c(paste0('{"meta": ', head, ', "cases": ['), paste(lines, collapse = ",\n"), "]}"),
           "planning.json")
