# Writes tests/reference/data/ordinal.csv and tests/reference/ordinal.json: ordinal answers of two
# groups, and what lavaan says of them. Run from this folder:  Rscript ordinal.R
#
# Needs R with lavaan and jsonlite (Debian: r-base-core r-cran-lavaan r-cran-jsonlite).
# Ordinal invariance is written out in lavaan's model language after Wu and Estabrook (2016),
# Psychometrika 81, 1014-1045, which is what semTools::measEq.syntax writes.

suppressMessages({library(lavaan); library(jsonlite)})
options(digits = 15)
RNGkind("Mersenne-Twister", "Inversion", "Rejection")

set.seed(21)  # 320 and 280 people, six items of two factors, four categories, 6 % missing
n <- c(320, 280)
group <- rep(c("a", "b"), n)
factors <- matrix(rnorm(2 * sum(n)), ncol = 2) %*% chol(matrix(c(1, .5, .5, 1), 2))
factors <- factors + .3 * (group == "b")
loading <- c(.8, .7, .6, .75, .65, .55)
y <- sapply(1:6, function(i) {
  z <- loading[i] * factors[, 1 + (i > 3)] + sqrt(1 - loading[i]^2) * rnorm(sum(n))
  z <- z + .5 * (group == "b") * (i == 2)  # item 2 is easier in b
  findInterval(z, c(-1, -.2, .7) + .15 * (i - 3)) + 1
})
colnames(y) <- paste0("y", 1:6)
y[matrix(runif(length(y)) < .06, nrow(y))] <- NA
data <- data.frame(group = group, y)[sample(sum(n)), ]
write.csv(data, "data/ordinal.csv", row.names = FALSE, na = "", quote = FALSE)
data <- read.csv("data/ordinal.csv", na.strings = "")

items <- paste0("y", 1:6)
model <- "f =~ y1 + y2 + y3\n g =~ y4 + y5 + y6"
cases <- list()
add <- function(id, r_call, values, tol = 1e-5, ...) {
  cases[[length(cases) + 1]] <<- c(list(id = id, data = "data/ordinal.csv", items = items,
    r_call = r_call, graded = TRUE, tol = tol), list(...), list(values = values))
}
indices <- function(fit) as.list(unclass(fitMeasures(fit)))
estimates <- function(fit) {
  e <- parameterEstimates(fit, remove.nonfree = FALSE)
  s <- standardizedSolution(fit)
  list(lhs = e$lhs, op = e$op, rhs = e$rhs, group = if (is.null(e$group)) rep(1, nrow(e)) else e$group,
       est = e$est, se = e$se, std = s$est.std[match(paste(e$lhs, e$op, e$rhs, e$group),
       paste(s$lhs, s$op, s$rhs, s$group))])
}
one <- function(name, ...) {
  fit <- suppressWarnings(cfa(model, data, ...))
  values <- list(fit = indices(fit), parameters = estimates(fit))
  m <- modindices(fit, sort. = TRUE)[1:6, ]
  values$modification_indices <- list(lhs = m$lhs, op = m$op, rhs = m$rhs, mi = m$mi, epc = m$epc)
  add(paste0("ordinal.", name), paste0("lavaan::cfa(model, data, ", deparse1(list(...)), ")"),
      values, model = model, estimator = list(...)$estimator, missing = list(...)$missing)
  fit
}
invisible(one("wlsmv.listwise", estimator = "WLSMV", ordered = TRUE, missing = "listwise"))
invisible(one("wlsmv.pairwise", estimator = "WLSMV", ordered = TRUE, missing = "pairwise"))
invisible(one("ulsmv.listwise", estimator = "ULSMV", ordered = TRUE, missing = "listwise"))
invisible(one("dwls.listwise", estimator = "DWLS", ordered = TRUE, missing = "listwise"))
invisible(one("wlsm.listwise", estimator = "WLSM", ordered = TRUE, missing = "listwise"))
invisible(one("wlsmvs.listwise", estimator = "WLSMVS", ordered = TRUE, missing = "listwise"))

# ---------------------------------------------------------------- invariance of ordinal items

loads <- function(equal) {
  v <- function(prefix, i) if (equal) sprintf("c(%s%d, %s%d)", prefix, i, prefix, i) else "c(NA, NA)"
  paste(sprintf("f =~ %s*y1 + %s*y2 + %s*y3", v("l", 1), v("l", 2), v("l", 3)),
        sprintf("g =~ %s*y4 + %s*y5 + %s*y6", v("l", 4), v("l", 5), v("l", 6)), sep = "\n")
}
ordinal_model <- function(step, free = character()) {
  at <- match(step, c("configural", "thresholds", "metric", "scalar", "strict", "means"))
  cuts <- function(y, k) if (at > 1 && !(y %in% free && at > 1))
    sprintf("%s | c(t%s%d, t%s%d)*t%d", y, y, k, y, k, k) else sprintf("%s | t%d", y, k)
  paste(loads(at > 2),
    paste(outer(items, 1:3, Vectorize(cuts)), collapse = "\n"),
    paste(sprintf("%s ~ %s*1", items,
      ifelse(at %in% 2:3 & !(items %in% free), "c(0, NA)", "c(0, 0)")), collapse = "\n"),
    paste(sprintf("%s ~*~ %s*%s", items,
      ifelse(at %in% 2:4 & !(items %in% free), "c(1, NA)", "c(1, 1)"), items), collapse = "\n"),
    sprintf("f ~~ %s*f\ng ~~ %s*g", if (at > 2) "c(1, NA)" else "c(1, 1)",
            if (at > 2) "c(1, NA)" else "c(1, 1)"),
    sprintf("f ~ %s*1\ng ~ %s*1", if (at %in% 4:5) "c(0, NA)" else "c(0, 0)",
            if (at %in% 4:5) "c(0, NA)" else "c(0, 0)"), sep = "\n")
}
steps <- c("configural", "thresholds", "metric", "scalar", "strict", "means")
# Residual variances of the latent responses are what strict invariance is about: theta.
theta_model <- function(step) {
  m <- ordinal_model(step)
  gsub("~*~", "~~", m, fixed = TRUE)
}
invariance <- function(id, missing, estimator) {
  fits <- lapply(steps, function(s) cfa(theta_model(s), data, group = "group", ordered = items,
    estimator = estimator, missing = missing, parameterization = "theta", std.lv = TRUE))
  names(fits) <- steps
  tests <- lapply(2:length(fits), function(k) {
    a <- suppressWarnings(lavTestLRT(fits[[k - 1]], fits[[k]]))
    list(step = steps[k], chisq_diff = a[2, "Chisq diff"], df_diff = a[2, "Df diff"],
         p = a[2, "Pr(>Chisq)"])
  })
  e <- parameterEstimates(fits$scalar)
  e <- e[e$op == "~1" & e$lhs %in% c("f", "g"), ]
  add(id, "lavaan::cfa(group =, parameterization = 'theta') after Wu and Estabrook; lavTestLRT",
    list(fit = lapply(fits, indices), difference = tests,
         latent_means_scalar = list(lhs = e$lhs, group = e$group, est = e$est, se = e$se)),
    model = model, missing = missing, estimator = estimator)
}
invariance("invariance.ordinal.wlsmv.listwise", "listwise", "WLSMV")
invariance("invariance.ordinal.ulsmv.listwise", "listwise", "ULSMV")

# ------------------------------------------------------------- invariance of continuous items

equal <- list(configural = "", metric = "loadings", scalar = c("loadings", "intercepts"),
  strict = c("loadings", "intercepts", "residuals"),
  means = c("loadings", "intercepts", "residuals", "means"))
continuous <- function(estimator, missing, partial = NULL) {
  fits <- lapply(equal, function(g) cfa(model, data, group = "group", estimator = estimator,
    missing = missing, group.equal = g, group.partial = if (is.null(partial)) "" else partial,
    meanstructure = TRUE))
  tests <- lapply(2:length(fits), function(k) {
    a <- suppressWarnings(lavTestLRT(fits[[k - 1]], fits[[k]]))
    list(step = names(equal)[k], chisq_diff = a[2, "Chisq diff"], df_diff = a[2, "Df diff"],
         p = a[2, "Pr(>Chisq)"])
  })
  e <- parameterEstimates(fits$scalar)
  e <- e[e$op == "~1" & e$lhs %in% c("f", "g"), ]
  s <- NULL
  if (estimator == "ML" && missing == "listwise") {
    release <- function(fit) {
      u <- lavTestScore(fit)$uni
      pt <- parTable(fit)
      at <- match(u$lhs, pt$plabel)
      list(lhs = pt$lhs[at], op = pt$op[at], rhs = pt$rhs[at], x2 = u$X2)
    }
    s <- list(metric = release(fits$metric), scalar = release(fits$scalar),
              strict = release(fits$strict))
  }
  add(paste0("invariance.continuous.", tolower(estimator), ".", missing,
             if (is.null(partial)) "" else ".partial"),
    "lavaan::cfa(group =, group.equal =); lavTestLRT; lavTestScore",
    c(list(fit = lapply(fits, indices), difference = tests,
         latent_means_scalar = list(lhs = e$lhs, group = e$group, est = e$est, se = e$se)),
      if (is.null(s)) list() else list(score = s)),
    model = model, missing = missing, estimator = estimator, partial = partial)
}
continuous("ML", "listwise")
continuous("MLR", "listwise")
continuous("ML", "fiml")
continuous("MLR", "fiml")
continuous("ML", "listwise", partial = "y2~1")

meta <- list(R = R.version.string, lavaan = as.character(packageVersion("lavaan")))
body <- vapply(cases, function(case) toJSON(case, digits = 15, auto_unbox = TRUE, na = "null"), "")
writeLines(c(sprintf('{"meta": %s,', toJSON(meta, auto_unbox = TRUE)), '"cases": [',
  paste(body, collapse = ",\n"), "]}"), "ordinal.json")
