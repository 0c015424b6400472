# Writes tests/reference/irt.json: the graded response model by marginal maximum likelihood, written
# out here because Debian has no package that fits it (ltm and mirt are not among its packages).
# Run from this folder:  Rscript irt.R     (about a minute; R 4.2.2, statmod 1.5.0, numDeriv 2016.8-1.1)
#
# Nothing is shared with the Python code: Gauss-Hermite quadrature with 101 nodes instead of a grid,
# probabilities as differences of logistic curves, BFGS on the likelihood itself, started anew from
# where it ends until nothing moves, and standard errors from a numerical Hessian (Richardson).
#
# "lsat6" are the 32 patterns of the five items of section 6 of the Law School Admission Test of 1000
# people (Bock & Lieberman, 1970, Psychometrika 35, 179-197), for which ltm's manual and many books
# print the two-parameter solution (log-likelihood -2466.65).

suppressMessages({library(statmod); library(numDeriv); library(jsonlite)})
options(digits = 15)

rule <- gauss.quad.prob(101, dist = "normal")

as_codes <- function(x) sapply(x, function(v) match(v, sort(unique(v))))

unpack <- function(par, number) {
  at <- 0; out <- list()
  for (j in seq_along(number)) {
    own <- par[at + seq_len(number[j])]; at <- at + number[j]
    # intercepts fall: the first, then the logarithms of the steps down
    d <- own[2] - c(0, cumsum(exp(own[-(1:2)])))
    out[[j]] <- list(a = own[1], d = d)
  }
  out
}

pattern_loglik <- function(items, codes) {
  total <- matrix(0, nrow(codes), length(rule$nodes))
  for (j in seq_along(items)) {
    curve <- rbind(1, plogis(outer(items[[j]]$d, items[[j]]$a * rule$nodes, "+")), 0)
    logs <- log(curve[-nrow(curve), , drop = FALSE] - curve[-1, , drop = FALSE])
    there <- !is.na(codes[, j])
    total[there, ] <- total[there, ] + logs[codes[there, j], ]
  }
  total
}

loglik <- function(items, codes, counts) {
  joint <- exp(pattern_loglik(items, codes)) %*% rule$weights
  sum(counts * log(joint))
}

fit <- function(codes, counts = rep(1, nrow(codes))) {
  number <- apply(codes, 2, max, na.rm = TRUE)
  start <- unlist(lapply(seq_along(number), function(j) {
    share <- sapply(seq_len(number[j])[-1], function(k) weighted.mean(codes[, j] >= k, counts, na.rm = TRUE))
    d <- qlogis(share)
    c(1, d[1], if (length(d) > 1) log(-diff(d)))
  }))
  f <- function(par) -loglik(unpack(par, number), codes, counts)
  best <- list(par = start, value = Inf)
  repeat {
    again <- optim(best$par, f, gr = function(par) grad(f, par, method = "simple", method.args = list(eps = 1e-7)),
                   method = "BFGS", control = list(maxit = 1000, reltol = 1e-15))
    if (best$value - again$value < 1e-9) break
    best <- again
  }
  for (step in 1:3) {  # Newton, to the last digits
    g <- grad(f, best$par); h <- hessian(f, best$par)
    best$par <- best$par - solve(h, g)
  }
  items <- unpack(best$par, number)
  free <- unlist(lapply(items, function(i) c(i$a, i$d)))
  of_free <- function(v) {
    at <- 0; out <- list()
    for (j in seq_along(number)) { out[[j]] <- list(a = v[at + 1], d = v[at + 2:number[j]]); at <- at + number[j] }
    -loglik(out, codes, counts)
  }
  se <- sqrt(diag(solve(hessian(of_free, free))))
  at <- cumsum(c(0, number))[seq_along(number)]
  theta <- exp(pattern_loglik(items, codes)); theta <- t(t(theta) * rule$weights)
  theta <- theta / rowSums(theta)
  eap <- as.vector(theta %*% rule$nodes)
  list(
    n = sum(counts), loglik = loglik(items, codes, counts), n_parameters = sum(number),
    slopes = I(sapply(items, `[[`, "a")), slopes_se = I(se[at + 1]),
    intercepts = lapply(items, function(i) I(i$d)),
    intercepts_se = lapply(seq_along(number), function(j) I(se[at[j] + 2:number[j]])),
    thresholds = lapply(items, function(i) I(-i$d / i$a)),
    eap = I(eap), eap_sd = I(sqrt(as.vector(theta %*% rule$nodes^2) - eap^2)))
}

lsat6 <- expand.grid(i5 = 0:1, i4 = 0:1, i3 = 0:1, i2 = 0:1, i1 = 0:1)[, 5:1]
people <- c(3, 6, 2, 11, 1, 1, 3, 4, 1, 8, 0, 16, 0, 3, 2, 15, 10, 29, 14, 81, 3, 28, 15, 80,
            16, 56, 21, 173, 11, 61, 28, 298)

likert <- read.csv("data/likert.csv", na.strings = "")
quiz <- read.csv("data/quiz.csv", na.strings = "")
items <- paste0("a", 1:8)
likert$a3 <- 6 - likert$a3; likert$a6 <- 6 - likert$a6

add <- function(id, data, items, values, ...)
  c(list(id = id, data = data, items = I(items)), list(...), list(
    r_call = "hand: marginal maximum likelihood, 101 Gauss-Hermite nodes, BFGS and Newton",
    graded = TRUE, tol = 2e-5, values = values))

out <- list(
  add("irt_ml.lsat6", "lsat6", names(lsat6), fit(as_codes(lsat6), people), people = I(people)),
  add("irt_ml.quiz", "data/quiz.csv", names(quiz), fit(as_codes(quiz))),
  add("irt_ml.likert", "data/likert.csv", items, fit(as_codes(likert[items])),
      reverse = I(c("a3", "a6")), scale = I(c(1, 5)), missing = "pairwise"))

writeLines(toJSON(list(meta = list(R = R.version.string), cases = out), auto_unbox = TRUE, digits = 15, na = "null"),
           "irt.json")
