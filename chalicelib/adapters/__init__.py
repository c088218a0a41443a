"""Our side of DynamoDB, S3, SQS, Cognito and Stripe: each says what features need of it, and does it."""
