# Writes data/groups.csv and groups.json: differences of groups, intervals of shares and ROC curves,
# computed by R (t.test, oneway.test, aov, kruskal.test, wilcox.test, clubSandwich, survey, pROC).
# Run from this folder:  Rscript groups.R
#
# Needs R with jsonlite, pROC, clubSandwich and survey. "hand" marks formulas written out here: no
# package at hand has Newcombe's interval, Bonett's, Brunner and Munzel's test, or Obuchowski's.

suppressMessages({library(jsonlite); library(pROC); library(clubSandwich); library(survey)})
options(digits = 15, warn = 1)
set.seed(20)
n <- 260
dyad <- c(rep(sprintf("d%03d", 1:110), each = 2), rep(NA, 40))
role <- c(rep(c("A", "B"), 110), rep(NA, 40))
arm <- c(rep(sample(c("x", "y", "z"), 110, TRUE, c(.5, .3, .2)), each = 2), sample(c("x", "y", "z"), 40, TRUE))
shared <- c(rep(rnorm(110), each = 2), rnorm(40))
y1 <- round(.6 * shared + rnorm(n) + .5 * (arm == "y") + .2 * (role %in% "A"), 3)
y2 <- pmin(5, pmax(1, round(2.4 + .7 * shared + .8 * rnorm(n) - .4 * (arm == "z"))))
y3 <- round(exp(.5 * shared + .7 * rnorm(n) * ifelse(arm == "x", 1, 1.6)), 2)
ill <- as.integer(.7 * y1 + .5 * shared + rnorm(n) > .6)
sex <- sample(c("f", "m"), n, TRUE)
weight <- round(runif(n, .4, 2.2), 2)
stratum <- c(rep(rep(c("s", "t"), 55), each = 2), rep(c("s", "t"), 20))
y2[sample(n, 17)] <- NA; y3[sample(n, 9)] <- NA; ill[sample(n, 6)] <- NA
d <- data.frame(dyad, role, arm, sex, stratum, weight, y1, y2, y3, ill)[sample(n), ]
write.csv(d, "data/groups.csv", row.names = FALSE, na = "", quote = FALSE)
d <- read.csv("data/groups.csv", na.strings = "")
d$unit <- ifelse(is.na(d$dyad), paste0("alone", seq_len(n)), d$dyad)
d$y4 <- NULL
names <- c("y1", "y2", "y3")
cases <- list()
add <- function(id, r_call, values, tol = 1e-9, ...)
  cases[[length(cases) + 1]] <<- c(list(id = id, data = "data/groups.csv", r_call = r_call, graded = TRUE,
                                        tol = tol), list(...), list(values = values))
pairs <- list(c("y", "x"), c("z", "x"), c("z", "y"))
over <- function(f) lapply(names, function(v) lapply(pairs, function(p) f(v, p)))
two <- function(v, p, by = "arm") {
  list(a = na.omit(d[d[[by]] %in% p[1], v]), b = na.omit(d[d[[by]] %in% p[2], v]))
}

# ---- means of independent people
add("mean_difference.welch", "t.test(a, b)", items = names, groups = pairs, values = list(rows = over(function(v, p) {
  g <- two(v, p); t <- t.test(g$a, g$b)
  c(mean(g$a) - mean(g$b), t$stderr, t$parameter, t$statistic, t$p.value, t$conf.int)
})))
root <- function(cdf, at, ends) uniroot(function(l) cdf(l) - at, ends, tol = 1e-13, maxiter = 10000)$root
nct <- function(t, df) suppressWarnings(c(root(function(l) pt(t, df, l), .975, c(-20, 30)),
                                          root(function(l) pt(t, df, l), .025, c(-20, 30))))
J <- function(df) exp(lgamma(df / 2) - lgamma((df - 1) / 2)) / sqrt(df / 2)
add("standardized.pooled", "hand; noncentral t by uniroot on pt", items = names, groups = pairs, tol = 1e-7,
    values = list(rows = over(function(v, p) {
  g <- two(v, p); n1 <- length(g$a); n2 <- length(g$b); df <- n1 + n2 - 2
  s <- sqrt(((n1 - 1) * var(g$a) + (n2 - 1) * var(g$b)) / df); dd <- (mean(g$a) - mean(g$b)) / s
  u <- sqrt(1 / n1 + 1 / n2); stopifnot(abs(dd / u - t.test(g$a, g$b, var.equal = TRUE)$statistic) < 1e-9)
  c(dd, dd * J(df), nct(dd / u, df) * u)
})))
add("standardized.average", "hand: Bonett (2008)", items = names, groups = pairs,
    values = list(rows = over(function(v, p) {
  g <- two(v, p); v1 <- var(g$a); v2 <- var(g$b); f1 <- length(g$a) - 1; f2 <- length(g$b) - 1
  s <- sqrt((v1 + v2) / 2); dd <- (mean(g$a) - mean(g$b)) / s
  se <- sqrt(dd^2 * (v1^2 / f1 + v2^2 / f2) / (8 * s^4) + (v1 / f1 + v2 / f2) / s^2)
  c(dd, dd * J((v1 + v2)^2 / (v1^2 / f1 + v2^2 / f2)), dd + c(-1, 1) * qnorm(.975) * se)
})))
add("standardized.reference", "hand: Bonett (2008), the second group's SD", items = names, groups = pairs,
    values = list(rows = over(function(v, p) {
  g <- two(v, p); v1 <- var(g$a); v2 <- var(g$b); f1 <- length(g$a) - 1; f2 <- length(g$b) - 1
  dd <- (mean(g$a) - mean(g$b)) / sqrt(v2)
  c(dd, dd * J(f2), dd + c(-1, 1) * qnorm(.975) * sqrt(dd^2 / (2 * f2) + v1 / (v2 * f1) + 1 / f2))
})))

# ---- means of clusters, of pairs, of a design
add("mean_difference.clustered", "clubSandwich: vcovCR(lm(y ~ 0 + arm), cluster, 'CR2'), Satterthwaite",
    items = names, groups = pairs, values = list(rows = lapply(names, function(v) {
  e <- d[!is.na(d[[v]]), ]; e$arm <- factor(e$arm); e$v <- e[[v]]
  fit <- lm(v ~ 0 + arm, e); V <- vcovCR(fit, cluster = e$unit, type = "CR2")
  lapply(pairs, function(p) {
    k <- (levels(e$arm) == p[1]) - (levels(e$arm) == p[2])
    r <- linear_contrast(fit, V, contrasts = matrix(k, 1), test = "Satterthwaite")
    c(r$Est, r$SE, r$df, r$Est / r$SE, 2 * pt(-abs(r$Est / r$SE), r$df), r$CI_L, r$CI_U)
  })
})))
add("mean_difference.crossed", "clubSandwich, groups that cross the dyads (sex)", items = names, groups = list(c("f", "m")),
    values = list(rows = lapply(names, function(v) {
  e <- d[!is.na(d[[v]]), ]; e$v <- e[[v]]
  fit <- lm(v ~ 0 + sex, e); V <- vcovCR(fit, cluster = e$unit, type = "CR2")
  r <- linear_contrast(fit, V, contrasts = matrix(c(1, -1), 1), test = "Satterthwaite")
  list(c(r$Est, r$SE, r$df, r$Est / r$SE, 2 * pt(-abs(r$Est / r$SE), r$df), r$CI_L, r$CI_U))
})))
add("mean_difference.paired", "t.test(paired = TRUE), complete dyads", items = names, groups = list(c("A", "B")),
    values = list(rows = lapply(names, function(v) {
  w <- merge(d[d$role %in% "A", c("dyad", v)], d[d$role %in% "B", c("dyad", v)], by = "dyad"); w <- na.omit(w)
  t <- t.test(w[[2]], w[[3]], paired = TRUE)
  list(c(t$estimate, t$stderr, t$parameter, t$statistic, t$p.value, t$conf.int))
})))
add("mean_difference.design", "survey::svyttest(y ~ sex), svydesign(~unit, strata = ~stratum, weights = ~weight)",
    items = names, groups = list(c("m", "f")), values = list(rows = lapply(names, function(v) {
  draw <- function(rows) svydesign(ids = ~unit, strata = ~stratum, weights = ~weight, data = rows)
  s <- draw(d); told <- draw(d[!is.na(d[[v]]), ])    # svyvar(na.rm = TRUE) counts the rows without an answer
  t <- svyttest(as.formula(paste(v, "~ sex")), s); v <- as.formula(paste("~", v))
  m <- svyby(v, ~sex, s, svymean, na.rm = TRUE); sd <- sqrt(svyby(v, ~sex, told, svyvar)[[2]])
  list(c(t$estimate, t$estimate / t$statistic, t$parameter, t$statistic, t$p.value, m[[2]], m$se, sd))
})))

# ---- all groups at once
share <- function(f, a, b, n) {
  ends <- sapply(c(.975, .025), function(at) if (pf(f, a, b) < at) 0 else root(function(l) pf(f, a, b, l), at, c(0, 500)))
  ends / (ends + n)
}
add("test.anova", "anova(lm(y ~ arm)); shares by hand, noncentral F by uniroot on pf", items = names, tol = 1e-7,
    values = list(rows = lapply(names, function(v) {
  e <- na.omit(d[c(v, "arm")]); a <- anova(lm(e[[1]] ~ e$arm)); S <- a[["Sum Sq"]]; M <- a[["Mean Sq"]][2]
  c(a$F[1], a$Df, a[["Pr(>F)"]][1], S[1] / sum(S), (S[1] - a$Df[1] * M) / (sum(S) + M), share(a$F[1], a$Df[1], a$Df[2], nrow(e)))
})))
add("test.welch_anova", "oneway.test(y ~ arm)", items = names, values = list(rows = lapply(names, function(v) {
  o <- oneway.test(as.formula(paste(v, "~ arm")), d); c(o$statistic, o$parameter, o$p.value)
})))
add("test.kruskal", "kruskal.test(y ~ arm)", items = names, values = list(rows = lapply(names, function(v) {
  e <- na.omit(d[c(v, "arm")]); k <- kruskal.test(e[[1]], factor(e$arm)); a <- anova(lm(rank(e[[1]]) ~ e$arm))
  stopifnot(abs(k$statistic / (nrow(e) - 1) - a[["Sum Sq"]][1] / sum(a[["Sum Sq"]])) < 1e-12)
  c(k$statistic, k$parameter, k$p.value, k$statistic / (nrow(e) - 1))
})))
add("test.wald", "clubSandwich::Wald_test(lm(y ~ arm), 'CR2', test = 'HTZ')", items = names, tol = 1e-8,
    values = list(rows = lapply(names, function(v) {
  e <- d[!is.na(d[[v]]), ]; e$v <- e[[v]]; fit <- lm(v ~ arm, e)
  w <- Wald_test(fit, constrain_zero(2:3), vcov = vcovCR(fit, cluster = e$unit, type = "CR2"), test = "HTZ")
  c(w$Fstat, w$df_num, w$df_denom, w$p_val)
})))
add("two.mann_whitney", "wilcox.test(exact = FALSE, correct = FALSE)", items = names, groups = pairs,
    values = list(rows = over(function(v, p) {
  g <- two(v, p); w <- wilcox.test(g$a, g$b, exact = FALSE, correct = FALSE); c(w$statistic, w$p.value)
})))
brunner <- function(a, b) {                                        # Brunner & Munzel (2000)
  n1 <- length(a); n2 <- length(b); r <- rank(c(a, b)); r1 <- r[1:n1]; r2 <- r[-(1:n1)]
  s1 <- sum((r1 - rank(a) - mean(r1) + (n1 + 1) / 2)^2) / (n1 - 1)
  s2 <- sum((r2 - rank(b) - mean(r2) + (n2 + 1) / 2)^2) / (n2 - 1)
  th <- (mean(r1) - (n1 + 1) / 2) / n2; se <- sqrt(s1 / (n1 * n2^2) + s2 / (n2 * n1^2))
  df <- (s1 / n2 + s2 / n1)^2 / ((s1 / n2)^2 / (n1 - 1) + (s2 / n1)^2 / (n2 - 1))
  c(th, se, df, 2 * pt(-abs((th - .5) / se), df))
}
add("two.superiority", "hand: Brunner & Munzel (2000)", items = names, groups = pairs,
    values = list(rows = over(function(v, p) { g <- two(v, p); brunner(g$a, g$b) })))

# ---- shares
cells <- list(c(0, 10), c(1, 10), c(7, 23), c(81, 263), c(15, 148), c(40, 40), c(1, 1))
add("share.wilson", "prop.test(correct = FALSE)$conf.int", tol = 1e-9, values = list(cells = cells, rows = lapply(cells, function(x)
  suppressWarnings(prop.test(x[1], x[2], correct = FALSE))$conf.int)))
newcombe <- function(a, n, b, m) {                                 # Newcombe (1998), method 10
  w <- function(x, n) suppressWarnings(prop.test(x, n, correct = FALSE))$conf.int
  p <- a / n; q <- b / m; i <- w(a, n); j <- w(b, m); t <- suppressWarnings(prop.test(c(a, b), c(n, m), correct = FALSE))
  c(p - q, p - q - sqrt((p - i[1])^2 + (j[2] - q)^2), p - q + sqrt((i[2] - p)^2 + (q - j[1])^2), t$p.value)
}
tables <- list(c(56, 70, 48, 80), c(9, 10, 3, 10), c(6, 7, 2, 7), c(5, 56, 0, 29), c(10, 10, 0, 20), c(7, 25, 12, 61))
add("share.newcombe", "hand; p of prop.test(correct = FALSE)", tol = 1e-9,
    values = list(cells = tables, rows = lapply(tables, function(x) newcombe(x[1], x[2], x[3], x[4]))))
add("share.clustered", "clubSandwich CR2 of lm(mark ~ 1); Korn & Graubard's n by hand", items = names,
    values = list(from = c(.5, 3, 1), rows = lapply(1:3, function(k) {
  e <- d[!is.na(d[[names[k]]]), ]; e$mark <- as.numeric(e[[names[k]]] >= c(.5, 3, 1)[k]); fit <- lm(mark ~ 1, e)
  v <- as.numeric(vcovCR(fit, cluster = e$unit, type = "CR2")); p <- mean(e$mark); m <- nrow(e)
  df <- coef_test(fit, vcov = vcovCR(fit, cluster = e$unit, type = "CR2"), test = "Satterthwaite")$df
  ne <- min(m, p * (1 - p) / v * (qt(.975, m - 1) / qt(.975, df))^2); z <- qnorm(.975)^2
  c(p, sqrt(v), ne, (p + z / 2 / ne + c(-1, 1) * sqrt(z * (p * (1 - p) / ne + z / 4 / ne^2))) / (1 + z / ne))
})))

# ---- ROC curves
e <- na.omit(d[c("y1", "y2", "y3", "ill", "unit")])
curves <- lapply(names, function(v) roc(e$ill, e[[v]], levels = c(0, 1), direction = "<", quiet = TRUE))
V <- outer(1:3, 1:3, Vectorize(function(i, j) if (i == j) var(curves[[i]]) else cov(curves[[i]], curves[[j]])))
add("roc.delong", "pROC::roc, ci.auc, var, cov, roc.test, coords(best, youden)", items = names, values = list(
  auc = sapply(curves, function(r) as.numeric(auc(r))), cov = V,
  ci = lapply(curves, function(r) as.numeric(ci.auc(r))[c(1, 3)]),
  tests = lapply(list(c(1, 2), c(1, 3), c(2, 3)), function(k) {
    t <- roc.test(curves[[k[1]]], curves[[k[2]]], paired = TRUE, method = "delong")
    c(as.numeric(auc(curves[[k[1]]]) - auc(curves[[k[2]]])), t$statistic, t$p.value, t$conf.int)
  }),
  sensitivity = lapply(curves, function(r) rev(r$sensitivities)), specificity = lapply(curves, function(r) rev(r$specificities)),
  youden = sapply(curves, function(r) max(r$sensitivities + r$specificities - 1))))
obuchowski <- function(x, y, unit) {                               # Obuchowski (1997)
  P <- which(y == 1); N <- which(y == 0); m <- length(P); n <- length(N)
  psi <- function(a, b) (b < a) + .5 * (a == b)
  K <- outer(x[P], x[N], psi); th <- mean(K); vp <- rowMeans(K) - th; vn <- colMeans(K) - th
  u <- unique(unit); I <- length(u)
  sp <- sapply(u, function(c) sum(vp[unit[P] == c])); sn <- sapply(u, function(c) sum(vn[unit[N] == c]))
  Ip <- length(unique(unit[P])); In <- length(unique(unit[N]))
  s10 <- Ip / ((Ip - 1) * m) * sum(sp^2); s01 <- In / ((In - 1) * n) * sum(sn^2); s11 <- I / (I - 1) * sum(sp * sn)
  c(th, sqrt(s10 / m + s01 / n + 2 * s11 / (m * n)))
}
add("roc.clustered", "hand: Obuchowski (1997)", items = names,
    values = list(rows = lapply(names, function(v) obuchowski(e[[v]], e$ill, e$unit))))

cases <- lapply(cases, function(x) { x$id <- paste0("groups.", x$id); x })
lines <- sapply(cases, toJSON, auto_unbox = TRUE, digits = I(15), null = "null", na = "null")
packages <- sapply(c("jsonlite", "pROC", "clubSandwich", "survey"), function(p) as.character(packageVersion(p)))
meta <- toJSON(list(R = as.character(getRversion()), packages = as.list(packages), script = "groups.R"), auto_unbox = TRUE)
writeLines(c(paste0("{\"meta\": ", meta, ","), "\"cases\": [", paste0(lines, c(rep(",", length(lines) - 1), "")), "]}"), "groups.json")
