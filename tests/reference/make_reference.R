# Writes tests/reference/data/*.csv and tests/reference/expected.json: small synthetic data sets and
# the statistics that R computes from them. Run from this folder:  Rscript make_reference.R
#
# Needs R with psych, boot and jsonlite (Debian: r-base-core r-cran-psych r-cran-jsonlite).
# "hand" marks formulas written out here because no package has them.

suppressMessages({library(psych); library(boot); library(jsonlite)})
options(mc.cores = 1, digits = 15)
RNGkind("Mersenne-Twister", "Inversion", "Rejection")

# ------------------------------------------------------------------------------------------- data

cut_at <- function(z, thresholds) findInterval(z, thresholds) + 1
lose <- function(frame, share) {
  for (name in names(frame)) frame[[name]][runif(nrow(frame)) < share] <- NA
  frame
}

set.seed(11)  # 160 people in 80 couples; a1-a8 on 1-5 (a3, a6 worded the other way), e1-e3 on 1-7
couple <- rep(rnorm(80), each = 2)
trait <- sqrt(.3) * couple + sqrt(.7) * rnorm(160)
loading <- c(.8, .7, -.6, .5, .7, -.4, .6, .75)
a <- sapply(seq_along(loading), function(i) {
  z <- loading[i] * trait + sqrt(1 - loading[i]^2) * rnorm(160)
  cut_at(z, if (i == 8) c(.4, .9, 1.4, 1.9) else c(-1.2, -.4, .4, 1.2))  # a8 is skewed
})
e <- sapply(c(.5, .3, 0), function(b) cut_at(b * trait + sqrt(1 - b^2) * rnorm(160),
                                             c(-.8, -.2, .3, .8, 1.3, 1.8)))
likert <- lose(as.data.frame(cbind(a, e)), .05)
names(likert) <- c(paste0("a", 1:8), paste0("e", 1:3))
likert <- cbind(couple = sprintf("c%03d", rep(sample(80), each = 2)), likert)
likert <- likert[sample(160), ]
write.csv(likert, "data/likert.csv", row.names = FALSE, na = "", quote = FALSE)

set.seed(12)  # ten questions of rising difficulty, right or wrong
ability <- rnorm(120)
quiz <- as.data.frame(sapply(1:10, function(i) as.integer(ability + rnorm(120) > (i - 5) / 4)))
names(quiz) <- paste0("q", 1:10)
write.csv(quiz, "data/quiz.csv", row.names = FALSE, na = "", quote = FALSE)

set.seed(13)  # scale scores: two in fifths (ties), two nearly without ties, some missing
base <- rnorm(50)
scores <- lose(data.frame(
  s1 = round(3 + .6 * base + .6 * rnorm(50), 0) + sample(0:4, 50, TRUE) / 5,
  s2 = round(5 * (3 + .5 * base + .8 * rnorm(50))) / 5,
  s3 = round(base + rnorm(50), 3),
  s4 = round(exp(.5 * base + .5 * rnorm(50)), 2)), .06)
write.csv(scores, "data/scores.csv", row.names = FALSE, na = "", quote = FALSE)

read <- function(name) read.csv(file.path("data", name), na.strings = "")

# ------------------------------------------------------------------------------------------ cases

cases <- list()
add <- function(id, r_call, values, tol = 1e-9, ...) {
  cases[[length(cases) + 1]] <<- c(list(id = id, r_call = r_call, graded = TRUE, tol = tol),
                                   list(...), list(values = values))
}
mat <- function(m) list(rows = I(rownames(m)), cols = I(colnames(m)),
                        data = lapply(seq_len(nrow(m)), function(i) I(unname(m[i, ]))))
keyed <- function(frame, items, reverse = character(0), scale = NULL, missing = "pairwise") {
  x <- frame[items]
  for (name in reverse) x[[name]] <- sum(scale) - x[[name]]
  if (missing != "pairwise") x <- na.omit(x)
  x
}

halves <- function(C) {
  first <- seq(1, ncol(C), 2); second <- seq(2, ncol(C), 2)
  r <- sum(C[first, second]) / sqrt(sum(C[first, first]) * sum(C[second, second]))
  2 * r / (1 + r)
}
lambda2 <- function(C) {
  off <- C; diag(off) <- 0
  (sum(off) + sqrt(ncol(C) / (ncol(C) - 1) * sum(off^2))) / sum(C)
}
lambda6 <- function(C) 1 - sum(1 / diag(solve(C))) / sum(C)
minres <- function(S) {  # hand: unweighted least squares off the diagonal, from several starts
  loss <- function(l) { d <- S - tcrossprod(l); diag(d) <- 0; sum(d^2) }
  slope <- function(l) { d <- S - tcrossprod(l); diag(d) <- 0; -4 * as.vector(d %*% l) }
  first <- with(eigen(S), vectors[, 1] * sqrt(values[1]))
  best <- NULL
  for (k in c(.7, .9, 1.1)) {
    fit <- optim(k * first, loss, slope, method = "BFGS", control = list(reltol = 1e-30, maxit = 5000))
    fit <- optim(fit$par, loss, slope, method = "BFGS", control = list(reltol = 1e-30, maxit = 5000))
    if (is.null(best) || fit$value < best$value) best <- fit
  }
  l <- best$par * sign(sum(best$par))
  u <- diag(S) - l^2
  list(loadings = l, omega_model = sum(l)^2 / (sum(l)^2 + sum(u)), omega_observed = 1 - sum(u) / sum(S))
}

likert <- read("likert.csv"); quiz <- read("quiz.csv"); scores <- read("scores.csv")
A <- paste0("a", 1:8)
scales <- list(
  likert = list(frame = likert, data = "data/likert.csv", items = A, reverse = c("a3", "a6"), scale = c(1, 5)),
  unreversed = list(frame = likert, data = "data/likert.csv", items = c("a1", "a2", "a3", "a6"),
                    reverse = character(0), scale = c(1, 5)),
  three = list(frame = likert, data = "data/likert.csv", items = c("a1", "a2", "a5"),
               reverse = character(0), scale = c(1, 5)),
  quiz = list(frame = quiz, data = "data/quiz.csv", items = paste0("q", 1:10),
              reverse = character(0), scale = c(0, 1)))

for (name in names(scales)) for (missing in c("pairwise", "listwise")) {
  if (name == "quiz" && missing == "listwise") next
  s <- scales[[name]]
  x <- keyed(s$frame, s$items, s$reverse, s$scale, missing)
  C <- cov(x, use = "pairwise"); R <- cov2cor(C); P <- cor(x, use = "pairwise")
  al <- suppressMessages(suppressWarnings(psych::alpha(x, use = "pairwise", warnings = FALSE)))
  ci <- psych::alpha.ci(al$total$raw_alpha, nrow(x), ncol(x))
  what <- list(data = s$data, items = I(s$items), reverse = I(s$reverse), scale = s$scale, missing = missing)
  one <- function(id, r_call, values, tol = 1e-9)
    do.call(add, c(list(id = id, r_call = r_call, values = values, tol = tol), what))
  one(paste("alpha", name, missing, sep = "."), "psych::alpha(x, use = 'pairwise'); psych::alpha.ci", list(
    n = nrow(x), k = ncol(x), raw_alpha = al$total$raw_alpha, std_alpha = al$total$std.alpha,
    G6_smc = al$total$`G6(smc)`, average_r = al$total$average_r,
    ci95_feldt = c(ci$lower.ci, ci$upper.ci),
    alpha_drop = list(item = s$items, raw_alpha = al$alpha.drop$raw_alpha, std_alpha = al$alpha.drop$std.alpha,
                      G6 = al$alpha.drop$`G6(smc)`, average_r = al$alpha.drop$average_r),
    item_stats = list(item = s$items, n = al$item.stats$n, r_drop = al$item.stats$r.drop,
                      mean = al$item.stats$mean, sd = al$item.stats$sd),
    pairwise_n = mat(psych::pairwiseCount(x)), covariance = mat(C), correlation_pairwise = mat(P)))
  half <- psych::splitHalf(R, check.keys = FALSE)
  one(paste("guttman", name, missing, sep = "."), "hand; psych::splitHalf(R) for lambda2 and lambda6 of cor", list(
    cov = list(lambda2 = lambda2(C), lambda6 = lambda6(C), odd_even = halves(C)),
    cor = list(lambda2 = half$lambda2, lambda6 = half$lambda6, odd_even = halves(R))))
  if (name == "unreversed") next
  tight <- minres(R); raw <- minres(C)
  one(paste("omega_tight", name, missing, sep = "."), "hand: optim(BFGS) on the residuals off the diagonal", tol = 1e-7,
      list(cor = list(loadings = tight$loadings, omega_model = tight$omega_model, omega_observed = tight$omega_observed),
           cov = list(loadings = raw$loadings, omega_model = raw$omega_model, omega_observed = raw$omega_observed)))
  om <- suppressMessages(suppressWarnings(psych::omega(P, nfactors = 1, fm = "minres", plot = FALSE)))
  fit <- suppressWarnings(psych::fa(P, nfactors = 1, fm = "minres"))
  one(paste("omega", name, missing, "nf1.minres", sep = "."), "psych::omega(cor, nfactors = 1), psych::fa(cor, fm = 'minres')",
      tol = 1e-4, list(omega_total = om$omega.tot, loadings = as.vector(fit$loadings) * sign(sum(fit$loadings))))
}

x <- keyed(likert, c("e1", "e2"))
C <- cov(x, use = "pairwise")
add("two_items.likert", "psych::alpha; hand: Spearman-Brown of cov", data = "data/likert.csv", items = I(c("e1", "e2")),
    missing = "pairwise", values = list(
      raw_alpha = suppressWarnings(psych::alpha(x, use = "pairwise", warnings = FALSE))$total$raw_alpha,
      spearman_brown = halves(C), r = cov2cor(C)[1, 2]))

k <- ncol(quiz); p <- colMeans(quiz); n <- nrow(quiz); total <- rowSums(quiz)
add("kr.quiz", "hand: n - 1 in every variance", data = "data/quiz.csv", items = I(names(quiz)), values = list(
  kr20 = k / (k - 1) * (1 - sum(p * (1 - p)) * n / (n - 1) / var(total)),
  kr21 = k / (k - 1) * (1 - mean(total) * (k - mean(total)) / k * n / (n - 1) / var(total)),
  difficulty = unname(p), point_biserial = unname(cor(quiz, total)[, 1])))

add("feldt.grid", "psych::alpha.ci(alpha, n, k, p.val = 1 - confidence)", values = list(
  cases = lapply(list(c(.9, 30, 4, .95), c(.2, 200, 2, .9), c(-.5, 25, 3, .95), c(.75, 12345, 15, .99)), function(v) {
    ci <- psych::alpha.ci(v[1], v[2], v[3], p.val = 1 - v[4])
    list(alpha = v[1], n = v[2], k = v[3], confidence = v[4], low = ci$lower.ci, high = ci$upper.ci)
  })))

for (set in list(list("likert", likert[c(A, "e1", "e2", "e3")], "data/likert.csv"),
                 list("scores", scores, "data/scores.csv"))) for (type in 1:3) {
  d <- psych::describe(set[[2]], type = type)
  # column by column: for a data frame, kurtosi(type = 1) multiplies by all rows, missing ones too
  d$kurtosis <- sapply(set[[2]], function(x) psych::kurtosi(x, type = type))
  add(paste("describe", set[[1]], paste0("type", type), sep = "."), sprintf("psych::describe(x, type = %d), psych::kurtosi by column", type),
      data = set[[3]], items = I(names(set[[2]])), missing = "available cases",
      values = list(item = names(set[[2]]), n = d$n, mean = d$mean, sd = d$sd, min = d$min, max = d$max,
                    skew = d$skew, kurtosis = unname(d$kurtosis)))
}

bw <- function(r, n, level) tanh(atanh(r) + c(-1, 1) * qnorm((1 + level) / 2) * sqrt((1 + r^2 / 2) / (n - 3)))
fieller <- function(r, n, level) tanh(atanh(r) + c(-1, 1) * qnorm((1 + level) / 2) * sqrt(.437 / (n - 4)))
blocks <- list(
  likert = list(keyed(likert, c(A, "e1", "e2", "e3"), c("a3", "a6"), c(1, 5)), A, c("e1", "e2", "e3"), "data/likert.csv"),
  scores = list(scores, c("s1", "s2"), c("s3", "s4"), "data/scores.csv"))
for (name in names(blocks)) for (missing in c("pairwise", "complete")) {
  b <- blocks[[name]]; frame <- b[[1]]
  if (missing == "complete") frame <- na.omit(frame)
  pairs <- list()
  for (i in b[[2]]) for (j in b[[3]]) {
    x <- frame[[i]]; y <- frame[[j]]; n <- sum(!is.na(x) & !is.na(y))
    pe <- cor.test(x, y)
    sp <- cor.test(x, y, method = "spearman", exact = FALSE)
    ke <- cor.test(x, y, method = "kendall", exact = FALSE)
    pairs[[length(pairs) + 1]] <- list(x = i, y = j, n = n, r = pe$estimate[[1]], r_t = pe$statistic[[1]], r_p = pe$p.value,
      r_ci = as.vector(pe$conf.int), rho = sp$estimate[[1]], rho_p = sp$p.value, rho_ci = bw(sp$estimate[[1]], n, .95),
      tau_b = ke$estimate[[1]], tau_z = ke$statistic[[1]], tau_p = ke$p.value, tau_ci = fieller(ke$estimate[[1]], n, .95))
  }
  p <- sapply(pairs, `[[`, "r_p")
  add(paste("pairs", name, missing, sep = "."), "stats::cor.test(exact = FALSE); hand: rho_ci, tau_ci; stats::p.adjust",
      data = b[[4]], items = I(c(b[[2]], b[[3]])), reverse = I(if (name == "likert") c("a3", "a6") else character(0)),
      scale = if (name == "likert") c(1, 5), missing = missing, rows = I(b[[2]]), columns = I(b[[3]]),
      values = list(pairs = pairs, p_holm = p.adjust(p, "holm"), p_bh = p.adjust(p, "BH")))
}

p <- c(.0002, .03, NA, .04, .04, .2, .011, 1, .6, .0499)
add("p_adjust.missing", "stats::p.adjust", tol = 1e-12, values = list(p = p, holm = p.adjust(p, "holm"), BH = p.adjust(p, "BH"),
  BY = p.adjust(p, "BY"), bonferroni = p.adjust(p, "bonferroni"), hochberg = p.adjust(p, "hochberg")))

R <- cor(scores[1:3], use = "pairwise"); reliability <- c(.8, .6, .9)
add("disattenuated.scores", "psych::correct.cor", values = list(
  raw_r = mat(R), alpha = reliability, corrected = mat(psych::correct.cor(R, reliability))))

raw_alpha <- function(x) { C <- cov(x); k <- ncol(C); k / (k - 1) * (1 - sum(diag(C)) / sum(C)) }
x <- keyed(likert, A, c("a3", "a6"), c(1, 5), "listwise")
set.seed(21)
B <- boot(x, function(d, i) raw_alpha(d[i, ]), R = 20000)
ci <- boot.ci(B, type = c("perc", "bca"))
common <- list(data = "data/likert.csv", items = I(A), reverse = I(c("a3", "a6")), scale = c(1, 5), missing = "listwise",
               tol_interval_width = .03, stochastic = TRUE)
do.call(add, c(list(id = "boot.rows", r_call = "boot::boot(R = 20000), boot.ci(type = c('perc', 'bca'))", values = list(
  B = 20000, estimate = B$t0, ci95_percentile = ci$percent[4:5], ci95_bca = ci$bca[4:5], boot_sd = sd(B$t))), common))
x <- cbind(couple = likert$couple, keyed(likert, A, c("a3", "a6"), c(1, 5)))
x <- na.omit(x)
groups <- split(x[A], x$couple)
set.seed(22)
B <- boot(seq_along(groups), function(g, i) raw_alpha(do.call(rbind, groups[g[i]])), R = 5000)
ci <- boot.ci(B, type = c("perc", "bca"))
common$clusters <- "couple"; common$tol_interval_width <- .05
do.call(add, c(list(id = "boot.couples", r_call = "boot::boot over couples (R = 5000), boot.ci", values = list(
  B = 5000, estimate = B$t0, ci95_percentile = ci$percent[4:5], ci95_bca = ci$bca[4:5], boot_sd = sd(B$t))), common))

meta <- list(about = "Expected values for tests/reference, written by make_reference.R", R = R.version.string,
             packages = list(psych = as.character(packageVersion("psych")), boot = as.character(packageVersion("boot"))))
json <- function(v) toJSON(v, auto_unbox = TRUE, digits = I(15), na = "null", null = "null")
lines <- vapply(cases, function(case) as.character(json(Filter(Negate(is.null), case))), "")
writeLines(c(sprintf('{"meta": %s,', json(meta)), '"cases": [', paste0(lines, c(rep(",", length(lines) - 1), "")), "]}"),
           "expected.json")
