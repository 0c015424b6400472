# Writes tests/reference/polychoric.json and data/serial.csv: polychoric, tetrachoric, polyserial and
# biserial correlations as R computes them. Run from this folder:  Rscript polychoric.R
#
# Needs R with psych, polycor, lavaan and jsonlite (Debian: r-base-core r-cran-psych r-cran-polycor
# r-cran-lavaan r-cran-pbivnorm r-cran-numderiv r-cran-jsonlite). polycor's joint optimiser stops where
# thresholds still move by .002; joint estimates are written out by hand here.

suppressMessages({library(psych); library(polycor); library(lavaan); library(jsonlite)})
options(mc.cores = 1, digits = 15)
RNGkind("Mersenne-Twister", "Inversion", "Rejection")
tight <- list(reltol = 1e-14, maxit = 2000)

set.seed(14)  # a score, and items of 5, 3 and 2 values; some missing
latent <- rnorm(240)
noisy <- function(b) b * latent + sqrt(1 - b^2) * rnorm(240)
serial <- data.frame(
  x = round(10 + 3 * latent, 3),
  y5 = findInterval(noisy(.7), c(-1.2, -.3, .5, 1.4)) + 1,
  y3 = findInterval(noisy(-.4), c(.3, 1.3)) + 1,
  y2 = findInterval(noisy(.5), -.6))
for (name in names(serial)) serial[[name]][runif(240) < .04] <- NA
write.csv(serial, "data/serial.csv", row.names = FALSE, na = "", quote = FALSE)

read <- function(name) read.csv(file.path("data", name), na.strings = "")
cases <- list()
add <- function(id, r_call, values, tol, ...) {
  cases[[length(cases) + 1]] <<- c(list(id = id, r_call = r_call, graded = TRUE, tol = tol),
                                   list(...), list(values = values))
}
mat <- function(m) list(data = lapply(seq_len(nrow(m)), function(i) I(unname(m[i, ]))))
quietly <- function(expr) {
  sink(nullfile()); on.exit(sink())
  suppressWarnings(suppressMessages(expr))
}

# ---------------------------------------------------- lavaan: all estimates and how they vary together

likert <- read("likert.csv")
items <- c("a1", "a3", "a8", "e1")
for (rule in c("pairwise", "listwise")) {
  fit <- quietly(lavCor(likert[items], ordered = items, missing = rule, output = "fit", se = "robust"))
  sample <- lavInspect(fit, "sampstat")
  add(paste0("poly_gamma.likert.", rule), "lavaan::lavCor(ordered=, output='fit'); lavInspect 'gamma'",
      list(n = lavInspect(fit, "nobs"), thresholds = I(as.vector(sample$th)),
           r = I(sample$cov[lower.tri(sample$cov)]), gamma = mat(unclass(lavInspect(fit, "gamma")))),
      tol = 2e-6, data = "data/likert.csv", items = items, missing = rule)
}

# -------------------------------------------------------------------- one pair at a time, two ways

cells <- function(a, b, r) {
  a <- c(-10, a, 10); b <- c(-10, b, 10)
  corners <- outer(seq_along(a), seq_along(b), function(i, j) pbivnorm::pbivnorm(a[i], b[j], r))
  diff(t(diff(t(corners))))
}
both_steps <- function(table) {  # thresholds and r together; nlminb, then Newton to the end
  k <- nrow(table); l <- ncol(table)
  loss <- function(p) {
    if (any(diff(p[1:(k - 1)]) <= 0) || any(diff(p[k:(k + l - 2)]) <= 0)) return(1e10)
    -sum(table * log(pmax(cells(p[1:(k - 1)], p[k:(k + l - 2)], tanh(p[k + l - 1])), 1e-300)))
  }
  cut <- function(m) qnorm(head(cumsum(m) / sum(m), -1))
  p <- nlminb(c(cut(rowSums(table)), cut(colSums(table)), 0), loss)$par
  for (step in 1:4) p <- p - solve(numDeriv::hessian(loss, p), numDeriv::grad(loss, p))
  var <- solve(numDeriv::hessian(loss, p)); r <- tanh(p[k + l - 1])
  list(r = r, se = sqrt(var[k + l - 1, k + l - 1]) * (1 - r^2), rows = p[1:(k - 1)],
       columns = p[k:(k + l - 2)])
}
pairs <- list(c("a1", "a2"), c("a1", "a3"), c("a2", "e1"), c("a8", "e1"))
values <- lapply(pairs, function(pair) {
  d <- na.omit(likert[pair])
  two <- polychor(d[[1]], d[[2]], ML = FALSE, std.err = TRUE)
  ml <- both_steps(table(d[[1]], d[[2]]))
  list(x = pair[1], y = pair[2], n = nrow(d), rho_2step = two$rho, se_2step = sqrt(two$var[1, 1]),
       rho_ML = ml$r, se_ML = ml$se, thresholds_x_ML = I(ml$rows), thresholds_y_ML = I(ml$columns))
})
add("poly_pairs.likert", "polycor::polychor(ML = FALSE, std.err = TRUE); hand: joint ML by pbivnorm",
    list(pairs = values), tol = 1e-6, data = "data/likert.csv", missing = "pairwise")

# ------------------------------------------------------------------ psych: items of two values

quiz <- read("quiz.csv")[1:8]
for (correct in c(0, .5)) {
  r <- quietly(tetrachoric(quiz, correct = correct, smooth = FALSE))
  add(paste0("tetrachoric.quiz.correct", correct), "psych::tetrachoric(correct=, smooth = FALSE)",
      list(rho = mat(unname(r$rho)), tau = I(unname(r$tau))),
      tol = 5e-4, data = "data/quiz.csv", items = names(quiz), missing = "pairwise", correct = correct)
}

# ------------------------------------------------------------------- a score and an ordinal item

for (y in c("y5", "y3", "y2")) {
  d <- na.omit(serial[c("x", y)])
  ml <- quietly(polyserial(d$x, d[[y]], ML = TRUE, std.err = TRUE, control = tight))
  both <- quietly(lavCor(d, ordered = y, output = "fit", se = "robust"))
  sampled <- lavInspect(both, "sampstat")$cov
  add(paste0("polyserial.serial.", y), "psych::polyserial; polycor::polyserial(ML = TRUE); lavaan::lavCor",
      list(n = nrow(d), psych = as.vector(quietly(psych::polyserial(as.matrix(d$x), as.matrix(d[[y]])))),
           rho_ML = ml$rho, se_ML = sqrt(ml$var[1, 1]), thresholds_ML = I(as.vector(ml$cuts)),
           two_step = sampled["x", y] / sqrt(sampled["x", "x"])),
      tol = 2e-3, data = "data/serial.csv", items = c("x", y), missing = "listwise")
}
add("biserial.serial.y2", "psych::biserial; cor",
    list(biserial = as.vector(quietly(biserial(serial$x, serial$y2))),
         point_biserial = cor(serial$x, serial$y2, use = "complete.obs")),
    tol = 1e-9, data = "data/serial.csv", items = c("x", "y2"), missing = "pairwise")

meta <- list(R = R.version.string, packages = lapply(
  c(psych = "psych", polycor = "polycor", lavaan = "lavaan"),
  function(p) as.character(packageVersion(p))))
write_json(list(meta = meta, cases = cases), "polychoric.json", auto_unbox = TRUE, digits = 15,
           na = "null")
