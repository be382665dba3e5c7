# The shape of aws-aurora's README.
variable "endpoint" {
  type    = string
  default = "abc.dsql.us-east-1.on.aws"
}

data "aws_dsql_token" "db" {
  username = "admin"
  endpoint = var.endpoint
  region   = getenv("AWS_REGION")
}

data "aws_dsql_token" "other" {
  username = "app"
  endpoint = file("never/read")
  region   = "eu-west-1"
}

env "dev" {
  url = "postgres://admin:${urlescape(data.aws_dsql_token.db)}@${var.endpoint}:5432/postgres?sslmode=require"

  migration {
    dir = "file://migrations"
  }
}

env "prod" {
  url = "postgres://app:${urlescape(data.aws_dsql_token.other)}@${var.endpoint}:5432/postgres"
  migration { dir = "file://migrations" }
}
