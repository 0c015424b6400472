# Writes data/design.csv and design.json: estimates under survey designs, Bayes factors of
# correlations, differences of correlations, computed by R. Run from this folder: Rscript design.R
#
# Needs R with survey, BayesFactor, psych and jsonlite (Debian: r-cran-survey r-cran-bayesfactor
# r-cran-psych r-cran-jsonlite).

suppressMessages({library(survey); library(BayesFactor); library(psych); library(jsonlite)})
options(digits = 15, survey.adjust.domain.lonely = FALSE)

# 240 people of 31 classes of 6 strata; the last stratum has one class, and only some of a stratum's
# people are in the second group
set.seed(20250811)
class <- rep(1:31, times = c(rep(8, 30), 6))[1:240]
stratum <- findInterval(class, c(1, 6, 12, 19, 24, 30))
size <- c(12, 40, 25, 9, 30, 1.5)[stratum]                 # classes of the stratum's population
effect <- rnorm(31)[class]
trait <- rnorm(240) + 0.7 * effect
x1 <- round(pmin(pmax(3 + trait + rnorm(240), 1), 5))
x2 <- round(pmin(pmax(3 + trait + rnorm(240), 1), 5))
x3 <- round(pmin(pmax(2 - 0.5 * trait + rexp(240), 1), 5))
x4 <- round(20 + 5 * trait + 4 * rnorm(240), 1)
group <- rbinom(240, 1, plogis(0.8 * effect))
group[stratum == 3 & class != 13] <- 0
weight <- round(exp(rnorm(240, 0, 0.5)) * c(1, 3, 2, 1, 4, 2)[stratum] + 0.5, 3)
x1[sample(240, 12)] <- NA; x4[sample(240, 10)] <- NA; group[sample(240, 8)] <- NA
size[stratum == 6] <- 3
d <- data.frame(class, stratum, size, weight, group, x1, x2, x3, x4)
write.csv(d, "data/design.csv", row.names = FALSE, na = "", quote = FALSE)
d <- read.csv("data/design.csv", na.strings = "")
d$one <- as.numeric(d$group == 1)

cases <- list()
add <- function(id, r_call, values, ...) {
  cases[[length(cases) + 1]] <<- c(list(id = id, data = "data/design.csv", r_call = r_call,
                                        graded = TRUE, tol = 1e-9), list(...), list(values = values))
}
rows <- function(m) unname(split(as.matrix(m), row(as.matrix(m))))

design_case <- function(id, design, lonely = "adjust", ...) {
  options(survey.lonely.psu = lonely)
  items <- c("x1", "x2", "x3", "x4")
  each <- lapply(items, function(i) svymean(as.formula(paste0("~", i)), design, na.rm = TRUE,
                                            deff = "replace"))
  without <- lapply(items, function(i) suppressWarnings(
    attr(svymean(as.formula(paste0("~", i)), design, na.rm = TRUE, deff = TRUE), "deff")[1, 1]))
  ends <- lapply(seq_along(items), function(k)
    as.vector(confint(each[[k]], df = degf(subset(design, !is.na(d[[items[k]]]))))))
  complete <- subset(design, !is.na(x1) & !is.na(x4))
  v <- svyvar(~x1 + x2 + x3 + x4, complete)
  pairs <- list(c("x1", "x2"), c("x1", "x3"), c("x3", "x4"))
  cors <- lapply(pairs, function(p) {
    two <- svyvar(as.formula(paste("~", p[1], "+", p[2])), subset(design, !is.na(d[[p[1]]]) & !is.na(d[[p[2]]])))
    m <- as.matrix(two)
    s <- attr(two, "var")
    r <- m[1, 2] / sqrt(m[1, 1] * m[2, 2])
    g <- c(-r / (2 * m[1, 1]), 1 / (2 * sqrt(m[1, 1] * m[2, 2])), 1 / (2 * sqrt(m[1, 1] * m[2, 2])),
           -r / (2 * m[2, 2]))
    c(r, sqrt(t(g) %*% s %*% g))
  })
  fit <- svyglm(x4 ~ x1 + x3 + group, design)
  co <- summary(fit)$coefficients
  ci <- confint(fit, ddf = fit$df.residual)
  by <- svyby(~x2 + x3, ~group, design, svymean)
  t <- svyttest(x2 ~ group, design)
  wald <- regTermTest(fit, ~ x1 + x3)
  add(id, "survey::svymean, svyvar, svyglm, svyby, svyttest", lonely = lonely, ..., values = list(
    degf = degf(design),
    mean = sapply(each, coef), se = sapply(each, function(m) SE(m)[1]),
    low = sapply(ends, `[`, 1), high = sapply(ends, `[`, 2),
    deff_replace = sapply(each, function(m) deff(m)[1]), deff = unlist(without),
    var = rows(as.matrix(v)[1:4, 1:4]),
    var_se = rows(matrix(sqrt(diag(attr(v, "var"))), 4)),
    cor = lapply(cors, as.vector),
    alpha = as.vector(svycralpha(~x1 + x2, complete)),
    glm = rows(co), glm_ci = rows(ci), glm_df = fit$df.residual, glm_cov = rows(vcov(fit)),
    by = list(mean = rows(as.matrix(by[, c("x2", "x3")])), se = rows(as.matrix(SE(by)))),
    ttest = c(t$statistic, t$parameter, t$p.value, t$estimate),
    wald = c(wald$Ftest, wald$df, wald$ddf, wald$p)))
}
d$id <- seq_len(nrow(d))
base <- svydesign(~id, weights = ~weight, data = d)
design_case("design.weights", base)
design_case("design.clusters", svydesign(~class, weights = ~weight, data = d), cluster = "class")
design_case("design.strata", svydesign(~id, strata = ~stratum, weights = ~weight, data = d),
            strata = "stratum")
for (rule in c("adjust", "remove", "average"))
  design_case(paste0("design.lonely_", rule),
              svydesign(~class, strata = ~stratum, weights = ~weight, data = d), rule,
              cluster = "class", strata = "stratum")
design_case("design.finite",
            svydesign(~class, strata = ~stratum, weights = ~weight, fpc = ~size, data = d), "remove",
            cluster = "class", strata = "stratum", population = "size")

options(survey.lonely.psu = "adjust")
full <- svydesign(~class, weights = ~weight, data = d)
share <- function(k, method) {
  f <- as.formula(paste0("~I(x2 == ", k, ")"))
  as.vector(attr(svyciprop(f, full, method = method), "ci"))
}
add("design_share.x2", "survey::svyciprop", cluster = "class", values = list(
  logit = lapply(1:5, share, "logit"), beta = lapply(1:5, share, "beta")))

set.seed(3)
bayes <- lapply(c(5, 12, 60, 250), function(n) {
  x <- rnorm(n); y <- 0.3 * x + rnorm(n); r <- cor(x, y)
  b <- sapply(c(27^-0.5, 1 / 3, 3^-0.5, 1), function(k)
    correlationBF(x, y, rscale = k)@bayesFactor$bf)
  jzs <- linearReg.R2stat(n, 1, r^2, rscale = 1)$bf
  list(r = r, n = n, log_bf = as.vector(b), log_jzs = as.vector(jzs))
})
add("bayes.correlation", "BayesFactor::correlationBF, linearReg.R2stat", tol = 1e-7, values = list(pairs = bayes))

tests <- lapply(list(c(.5, .35, .4, .3, .2, .25, 300), c(-.2, .6, .1, .3, .5, .45, 40),
                     c(.3, .3, .7, .1, .1, .6, 25)), function(a) {
  pooled <- r.test(a[7], r12 = a[1], r34 = a[2], r23 = a[3], r13 = a[4], r14 = a[5], r24 = a[6])
  own <- r.test(a[7], r12 = a[1], r34 = a[2], r23 = a[3], r13 = a[4], r14 = a[5], r24 = a[6], pooled = FALSE)
  three <- r.test(a[7], r12 = a[1], r13 = a[2], r23 = a[3])
  two <- r.test(n = a[7], r12 = a[1], r34 = a[2], n2 = 80)
  list(args = a, steiger = c(pooled$z, pooled$p), raghunathan = c(own$z, own$p),
       williams = c(three$t, three$p), independent = c(two$z, two$p))
})
add("cor_tests.more", "psych::r.test", values = list(tests = tests))

sb <- statsBy(d[c("x1", "x2", "x3", "x4", "class")], "class")
add("stats_by.class", "psych::statsBy", cluster = "class", values = list(
  rbg = rows(sb$rbg), rwg = rows(sb$rwg), etabg = as.vector(sb$etabg), etawg = as.vector(sb$etawg)))

out <- list(meta = list(about = "Expected values for tests/reference, written by design.R",
                        R = R.version.string,
                        packages = lapply(c(survey = "survey", BayesFactor = "BayesFactor", psych = "psych"),
                                          function(p) as.character(packageVersion(p)))),
            cases = cases)
writeLines(toJSON(out, auto_unbox = TRUE, digits = I(15), na = "null", null = "null", pretty = FALSE),
           "design.json")
