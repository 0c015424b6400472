# Writes tests/reference/relations.json: regression, mediation and moderation of the items of
# data/likert.csv (people in couples, some answers missing).
# Run from this folder:  Rscript relations.R
# (R 4.2.2; lavaan 0.6-14, sandwich 3.0-2, car 3.1-1, jsonlite)
#
# LMG is averaged over all orders of the predictors, Johnson-Neyman bounds are found by bisection,
# and the false-discovery t by trying every rank: nothing is shared with the Python code.

suppressMessages({library(lavaan); library(sandwich); library(car); library(jsonlite)})
options(digits = 15)

all_rows <- read.csv("data/likert.csv")
used <- c("a1", "a2", "a3", "a4", "e1", "e2")
rows <- all_rows[complete.cases(all_rows[, used]), ]
cases <- list()
add <- function(id, r_call, tol, values) {
  cases[[length(cases) + 1]] <<- list(
    id = id, data = "data/likert.csv", r_call = r_call, graded = TRUE, tol = tol, values = values
  )
}
matrix_of <- function(m) lapply(seq_len(nrow(m)), function(i) as.numeric(m[i, ]))

# ---- one regression, three kinds of errors
fit <- lm(e1 ~ a1 + a2 + a3 + a4, rows)
kinds <- list(
  classical = vcov(fit),
  hc3 = vcovHC(fit, type = "HC3"),
  cluster = vcovCL(fit, cluster = rows$couple, type = "HC1", cadjust = TRUE)
)
groups <- length(unique(rows$couple))
wald <- function(V, df) {
  b <- coef(fit)[-1]
  f <- as.numeric(b %*% solve(V[-1, -1]) %*% b) / length(b)
  c(f, length(b), df, pf(f, length(b), df, lower.tail = FALSE))
}
df <- c(classical = fit$df.residual, hc3 = fit$df.residual, cluster = groups - 1)
permutations <- function(v) {
  if (length(v) < 2) return(list(v))
  do.call(c, lapply(seq_along(v), function(i) lapply(permutations(v[-i]), function(p) c(v[i], p))))
}
r2 <- function(names) {
  if (!length(names)) return(0)
  summary(lm(reformulate(names, "e1"), rows))$r.squared
}
predictors <- c("a1", "a2", "a3", "a4")
orders <- permutations(predictors)
lmg <- sapply(predictors, function(x) mean(sapply(orders, function(o) {
  at <- match(x, o)
  r2(o[seq_len(at)]) - r2(o[seq_len(at - 1)])
})))
z <- as.data.frame(scale(rows[, c("e1", predictors)]))
add("linear.items", "lm(e1 ~ a1 + a2 + a3 + a4), sandwich, car::vif", 1e-9, list(
  coef = as.numeric(coef(fit)),
  se = lapply(kinds, function(V) as.numeric(sqrt(diag(V)))),
  p = mapply(function(V, d) as.numeric(2 * pt(-abs(coef(fit) / sqrt(diag(V))), d)), kinds, df,
             SIMPLIFY = FALSE),
  wald = mapply(wald, kinds, df, SIMPLIFY = FALSE),
  beta = as.numeric(coef(lm(e1 ~ a1 + a2 + a3 + a4, z))[-1]),
  vif = as.numeric(vif(fit)),
  semipartial = as.numeric(sapply(predictors, function(x) r2(predictors) - r2(setdiff(predictors, x)))),
  r2 = summary(fit)$r.squared, adj_r2 = summary(fit)$adj.r.squared, lmg = as.numeric(lmg),
  change = {
    a <- anova(lm(e1 ~ a1 + a2, rows), fit)
    c(r2(predictors) - r2(c("a1", "a2")), a$F[2], a$Df[2], a$Res.Df[2], a$`Pr(>F)`[2])
  }
))

# ---- standardized slopes with errors that count the standard deviations
model <- "e1 ~ a1 + a2 + a3 + a4"
ml <- sem(model, rows, fixed.x = FALSE)
std <- standardizedSolution(ml)
add("linear.standardized", "lavaan::sem(fixed.x = FALSE), standardizedSolution", 1e-5, list(
  beta = std$est.std[1:4], beta_se = std$se[1:4], n = nrow(rows)
))

# ---- every answer, by maximum likelihood
ml <- sem(model, all_rows, missing = "fiml", estimator = "MLR", fixed.x = FALSE,
          information = "observed", control = list(rel.tol = 1e-14, iter.max = 10000))
estimates <- parameterEstimates(ml)
at <- c(which(estimates$op == "~1" & estimates$lhs == "e1"), which(estimates$op == "~"))
std <- standardizedSolution(ml)
add("linear.fiml", "lavaan::sem(missing = 'fiml', estimator = 'MLR', fixed.x = FALSE)", 1e-4, list(
  est = estimates$est[at], se = estimates$se[at],
  beta = std$est.std[std$op == "~"], beta_se = std$se[std$op == "~"]
))

# ---- a chain of two mediators, with a control
model <- "
  a2 ~ a1x*a1 + e2
  a3 ~ a2x*a1 + d*a2 + e2
  e1 ~ b1*a2 + b2*a3 + cp*a1 + e2
  first := a1x*b1
  second := a2x*b2
  chain := a1x*d*b2
  all := first + second + chain
  total := cp + all
  first_second := first - second
  first_chain := first - chain
  second_chain := second - chain
  share := all / total
"
ml <- sem(model, rows)
estimates <- parameterEstimates(ml)
made <- estimates[estimates$op == ":=", ]
std <- standardizedSolution(ml)
add("mediation_serial.items", "lavaan::sem(a1 -> a2 -> a3 -> e1, control e2; delta SE)", 1e-5, list(
  label = made$lhs, est = made$est, se = made$se, low = made$ci.lower, high = made$ci.upper,
  std = std$est.std[std$op == ":="]
))

# ---- two causes, two mediators side by side
model <- "
  a3 ~ p1*a1 + p2*a2
  a4 ~ q1*a1 + q2*a2
  e1 ~ b1*a3 + b2*a4 + c1*a1 + c2*a2
  a3 ~~ a4
  a1_a3 := p1*b1
  a1_a4 := q1*b2
  a2_a3 := p2*b1
  a2_a4 := q2*b2
  a1_all := p1*b1 + q1*b2
  a2_all := p2*b1 + q2*b2
"
ml <- sem(model, rows)
made <- parameterEstimates(ml)
made <- made[made$op == ":=", ]
add("mediation_many.items", "lavaan::sem(a1 + a2 -> a3, a4 -> e1; delta SE)", 1e-5, list(
  label = made$lhs, est = made$est, se = made$se
))

# ---- moderation with errors by couple
x <- rows$a1 - mean(rows$a1)
m <- rows$a2 - mean(rows$a2)
fit <- lm(e1 ~ e2 + x + m + I(x * m), rows)
V <- vcovCL(fit, cluster = rows$couple, type = "HC1", cadjust = TRUE)
at <- c(3, 5)
slope <- function(v) as.numeric(coef(fit)[3] + coef(fit)[5] * v)
error <- function(v) sqrt(V[3, 3] + 2 * v * V[3, 5] + v^2 * V[5, 5])
levels <- c(-1, 0, 1) * sd(rows$a2)
critical <- qt(.975, groups - 1)
gap <- function(v) abs(slope(v)) - critical * error(v)
grid <- seq(-50, 50, by = .001)
signs <- sign(gap(grid))
turns <- which(diff(signs) != 0)
bounds <- sapply(turns, function(k) uniroot(gap, grid[k + 0:1], tol = 1e-13)$root) + mean(rows$a2)
dense <- seq(min(m), max(m), length.out = 1001)
p <- sort(2 * pt(-abs(slope(dense) / error(dense)), groups - 1))
passing <- Filter(function(i) p[i] <= .05 * i / 1001, seq_along(p))
fdr <- if (length(passing)) qt(1 - .05 * max(passing) / 1001 / 2, groups - 1) else NA
zx <- scale(rows$a1); zm <- scale(rows$a2); zy <- scale(rows$e1); ze <- scale(rows$e2)
add("moderation_cluster.items", "lm(e1 ~ e2 + a1 * a2), centred; sandwich::vcovCL", 1e-8, list(
  coef = as.numeric(coef(fit)), se = as.numeric(sqrt(diag(V))),
  slope = slope(levels), slope_se = error(levels), bounds = bounds,
  share = mean(gap(m) > 0), fdr_t = fdr,
  beta = as.numeric(coef(lm(zy ~ ze + zx + zm + I(zx * zm)))[-1]),
  r2_change = summary(fit)$r.squared - summary(lm(e1 ~ e2 + x + m, rows))$r.squared
))

write(toJSON(list(meta = list(R = R.version.string), cases = cases), auto_unbox = TRUE, digits = 15,
             pretty = 1), "relations.json")
