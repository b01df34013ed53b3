"""The HTTP API, independent of its two servers: the Lambda function here, the container in ecs."""
