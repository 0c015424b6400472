# Writes agreement.json: intraclass correlations, kappa, Krippendorff's alpha, retest, item statistics
# of tests, computed by R from data/*.csv. Run from this folder:  Rscript agreement.R
#
# Needs R with psych and jsonlite. "hand" marks formulas written out here: psych has the variance of
# weighted kappa wrong (margins the wrong way round), and no installed package has Krippendorff's or
# Fleiss' coefficients.

suppressMessages({library(psych); library(jsonlite)})
options(mc.cores = 1, digits = 15)
read <- function(name) read.csv(file.path("data", name), na.strings = "")
likert <- read("likert.csv"); quiz <- read("quiz.csv"); scores <- read("scores.csv")
cases <- list()
add <- function(id, r_call, values, ...) {
  cases[[length(cases) + 1]] <<- c(list(id = id, r_call = r_call, graded = TRUE, tol = 1e-9), list(...),
                                   list(values = values))
}

icc_case <- function(id, data, items) {
  x <- na.omit(read(basename(data))[items])
  got <- suppressWarnings(ICC(x, lmer = FALSE))$results
  add(id, "psych::ICC(na.omit(x), lmer = FALSE)", data = data, items = items,
      values = list(type = got$type, icc = got$ICC, F = got$F, df1 = got$df1, df2 = got$df2, p = got$p,
                    lower = got[["lower bound"]], upper = got[["upper bound"]]))
}
icc_case("icc.alike", "data/likert.csv", c("a1", "a2", "a5"))
icc_case("icc.two", "data/likert.csv", c("a1", "a8"))
icc_case("icc.against", "data/likert.csv", c("a1", "a3"))       # negative: worded the other way
icc_case("icc.apart", "data/likert.csv", c("e1", "e2", "e3", "a8"))
icc_case("icc.scores", "data/scores.csv", c("s1", "s3"))
icc_case("icc.right_wrong", "data/quiz.csv", paste0("q", 1:10))

one_way <- function(y, g) {
  d <- na.omit(data.frame(y, g)); fit <- anova(lm(y ~ factor(g), d)); n <- table(d$g); n <- n[n > 0]
  k0 <- (sum(n) - sum(n^2) / sum(n)) / (length(n) - 1)
  b <- fit[["Mean Sq"]][1]; w <- fit[["Mean Sq"]][2]
  c(b, w, k0, (b - w) / (b + (k0 - 1) * w), (b - w) / b, fit[["F value"]][1], fit[["Pr(>F)"]][1])
}
items <- c("a1", "a2", "e1", "e3")
add("one_way.couple", "anova(lm(y ~ factor(couple)))", data = "data/likert.csv", items = items,
    clusters = "couple",
    values = list(rows = lapply(items, function(i) one_way(likert[[i]], likert$couple))))

kappa_hand <- function(tab, w) {                     # Fleiss, Cohen & Everitt (1969)
  n <- sum(tab); p <- tab / n; r <- rowSums(p); c <- colSums(p); e <- outer(r, c)
  po <- sum(w * p); pe <- sum(w * e); k <- (po - pe) / (1 - pe)
  wbar <- outer(as.vector(w %*% c), as.vector(t(w) %*% r), "+")
  v <- (sum(p * (w * (1 - pe) - wbar * (1 - po))^2) - (po * pe - 2 * pe + po)^2) / (n * (1 - pe)^4)
  v0 <- (sum(e * (w - wbar)^2) - pe^2) / (n * (1 - pe)^2)
  list(kappa = k, var = v, null = v0, observed = po, expected = pe)
}
kappa_case <- function(id, x, y, levels) {
  tab <- table(factor(x, levels), factor(y, levels)); tab <- matrix(tab, length(levels))
  d <- abs(outer(seq_along(levels), seq_along(levels), "-")) / (length(levels) - 1)
  weights <- list(unweighted = (d == 0) * 1, linear = 1 - d, quadratic = 1 - d^2)
  got <- lapply(weights, function(w) kappa_hand(tab, w))
  check <- suppressWarnings(cohen.kappa(tab))
  stopifnot(abs(check$kappa - got$unweighted$kappa) < 1e-12,
            abs(check$weighted.kappa - got$quadratic$kappa) < 1e-12,
            abs(check$var.kappa - got$unweighted$var) < 1e-12)
  add(id, "hand; kappas and the unweighted variance as psych::cohen.kappa", values =
      c(list(table = apply(tab, 1, as.list)), got))
}
kappa_case("kappa.likert", likert$a1, likert$a2, 1:5)
kappa_case("kappa.skewed", likert$a1, likert$a8, 1:5)
kappa_case("kappa.against", likert$a1, likert$a3, 1:5)
kappa_case("kappa.right_wrong", quiz$q3, quiz$q7, 0:1)

kripp <- function(x, level) {                        # pair by pair, as slow as it gets
  units <- Filter(function(u) length(u) > 1, apply(x, 1, function(u) u[!is.na(u)], simplify = FALSE))
  all <- unlist(units); n <- length(all); values <- sort(unique(all)); count <- table(factor(all, values))
  delta <- function(a, b) switch(level, nominal = (a != b) * 1, interval = (a - b)^2,
    ratio = if (a + b == 0) 0 else ((a - b) / (a + b))^2,
    ordinal = { lo <- min(a, b); hi <- max(a, b); between <- values >= lo & values <= hi
      (sum(count[between]) - (count[values == lo] + count[values == hi]) / 2)^2 })
  ordered <- function(u) sum(sapply(seq_along(u), function(i)
    sum(sapply(seq_along(u)[-i], function(j) delta(u[i], u[j])))))
  do <- sum(sapply(units, function(u) ordered(u) / (length(u) - 1))) / n
  1 - do / (ordered(all) / (n * (n - 1)))
}
set.seed(3)
rated <- as.matrix(likert[sample(nrow(likert), 40), c("a1", "a2", "a5", "a7")])
rated[sample(length(rated), 25)] <- NA
levels <- c("nominal", "ordinal", "interval", "ratio")
add("krippendorff.likert", "hand", values = list(x = unname(split(rated, row(rated))),
    alpha = setNames(lapply(levels, function(l) kripp(rated, l)), levels)))

fleiss <- function(counts) {                         # Fleiss (1971); Fleiss, Nee & Landis (1979)
  n <- nrow(counts); m <- sum(counts[1, ]); p <- colSums(counts) / (n * m)
  pi <- (rowSums(counts^2) - m) / (m * (m - 1)); pe <- sum(p^2); k <- (mean(pi) - pe) / (1 - pe)
  pq <- p * (1 - p)
  null <- 2 * (sum(pq)^2 - sum(pq * (1 - 2 * p))) / (sum(pq)^2 * n * m * (m - 1))
  own <- (pi - pe) / (1 - pe); pull <- as.vector((counts / m) %*% p)   # Gwet (2021)
  own <- own - 2 * (1 - k) * (pull - pe) / (1 - pe)
  list(kappa = k, z = k / sqrt(null), se = sqrt(sum((own - k)^2) / (n * (n - 1))))
}
four <- na.omit(likert[c("a1", "a2", "a5", "a7")])
counts <- t(apply(four, 1, function(u) tabulate(u, 5)))
add("fleiss.likert", "hand", data = "data/likert.csv", items = names(four), missing = "listwise",
    values = fleiss(counts))

retest_case <- function(id, data, items) {
  d <- na.omit(read(basename(data))[items]); x <- d[[1]]; y <- d[[2]]
  t <- t.test(y, x, paired = TRUE); r <- cor.test(x, y); n <- nrow(d); s <- sd(y - x); b <- mean(y - x)
  half <- qt(.975, n - 1) * s * sqrt(1 / n + qnorm(.975)^2 / (2 * (n - 1)))
  sem <- sqrt((var(x) + var(y)) / 2) * sqrt(1 - r$estimate[[1]])
  add(id, "cor.test, t.test(paired = TRUE); hand: Bland & Altman (1999), Jacobson & Truax (1991)",
      data = data, items = items, missing = "listwise", values = list(n = n, r = r$estimate[[1]],
      r_ci = as.vector(r$conf.int), change = b, change_ci = as.vector(t$conf.int), t = t$statistic[[1]],
      p = t$p.value, sd_change = s, limits = b + c(-1, 1) * qnorm(.975) * s, half = half, sem = sem,
      mdc = qnorm(.975) * sqrt(2) * sem,
      rci = (y - x) / (sd(x) * sqrt(2) * sqrt(1 - r$estimate[[1]]))))
}
retest_case("retest.likert", "data/likert.csv", c("a1", "a2"))
retest_case("retest.scores", "data/scores.csv", c("s1", "s2"))
retest_case("retest.against", "data/scores.csv", c("s3", "s4"))

total <- rowSums(quiz)
add("test.quiz", "colMeans, cor, psych::biserial", data = "data/quiz.csv", items = names(quiz),
    values = list(difficulty = unname(colMeans(quiz)), point_biserial = as.vector(cor(quiz, total)),
      point_biserial_rest = unname(sapply(quiz, function(q) cor(q, total - q))),
      biserial = unname(sapply(names(quiz), function(q) suppressWarnings(
        psych:::biserialc(total, quiz[[q]], 1, 1))))))

corrected <- function(id, items, use, flip) {
  x <- likert[items]; x[flip] <- 6 - x[flip]
  if (use == "listwise") x <- na.omit(x)
  fit <- suppressWarnings(alpha(x, warnings = FALSE))
  add(id, "psych::alpha(x)", data = "data/likert.csv", items = items, reverse = flip, scale = c(1, 5),
      missing = use, values = list(r_cor = fit$item.stats$r.cor, std_r = fit$item.stats$std.r,
        alpha = fit$alpha.drop$raw_alpha, std_alpha = fit$alpha.drop$std.alpha,
        average_r = fit$alpha.drop$average_r,
        freq = lapply(items, function(i) as.vector(prop.table(table(factor(x[[i]], 1:5)))))))
}
corrected("items.pairwise", paste0("a", 1:8), "pairwise", I(c("a3", "a6")))
corrected("items.listwise", paste0("a", 1:8), "listwise", I(c("a3", "a6")))
corrected("items.four", c("a1", "a2", "a5", "a7"), "pairwise", I(character(0)))

meta <- list(about = "Expected values for tests/reference, written by agreement.R",
             R = R.version.string, packages = list(psych = as.character(packageVersion("psych"))))
head <- toJSON(meta, auto_unbox = TRUE)
lines <- vapply(cases, function(case) toJSON(case, auto_unbox = TRUE, digits = I(15), na = "null"), "")
writeLines(c(paste0('{"meta": ', head, ', "cases": ['), paste(lines, collapse = ",\n"), "]}"),
           "agreement.json")
