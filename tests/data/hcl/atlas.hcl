// Atlas: a guide's DSQL project, and what its documentation shows beside it.
variable "tenant" {
  type        = string
  description = "which one"
}

variable "linear" {
  type    = bool
  default = true
}

locals {
  endpoint = format("%s.dsql.%s.on.aws", lower("ABC"), local.region)
  region   = coalesce(getenv("REGION"), "eu-west-1")
  schemas  = concat(["public"], [var.tenant, "x-${1 + 2 * 3}"])
  note     = <<-EOT
    Hello ${var.tenant},
      $${not} this one
  EOT
  flags = {
    "a.b" = [1, 2.5, null],
    deep  = { on = !false && 3 >= 2 }
  }
}

data "aws_dsql_token" "db" {
  endpoint = local.endpoint
  region   = local.region
  admin    = true
}

lint {
  destructive { error = true }
}

env {
  name = atlas.env
  url  = "dsql://admin:${urlescape(data.aws_dsql_token.db)}@${local.endpoint}:5432/postgres?sslmode=require&search_path=${join(",", local.schemas)}"
  dev  = "docker://dsql/16/dev"
  src  = external_schema_that_is_never_looked_at.x

  migration {
    dir              = var.tenant == "a" ? "file://a" : "s3://bucket/${var.tenant}/" /* else */
    format           = atlas
    revisions_schema = "audit"
    exec_order       = LINEAR_SKIP
    lock_timeout     = "1m30s"
    baseline         = "20260101"
    tx_mode          = var.linear ? "none" : "file"
  }
  format {
    migrate {
      apply = "{{ json . }}"
    }
  }
}
