"""The buckets: imports (what people upload, and what workers make of it), pages (what everybody may read), records (what must be kept)."""

from typing import Final

from infra.template.cfn import Json, attribute, bucket_arn, bucket_name, ref, resource_name, sub

UPLOADS_PREFIX: Final = "uploads/"
"""Objects below it are new imports; what the workers write next to them lies elsewhere."""
SNAPSHOTS_PREFIX: Final = "hosts/"
"""Below it the workers keep the snapshots of all hosts: a new one each day."""
SNAPSHOTS_KEPT_DAYS: Final = 7
UPLOAD_CORS_SECONDS: Final = 3600
PARTS_KEPT_DAYS: Final = 30


def _bucket(name: str, *, versioned: bool = False, **more: Json) -> Json:
    properties: dict[str, Json] = {
        "BucketName": sub(bucket_name(name)),
        "PublicAccessBlockConfiguration": dict.fromkeys(
            ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
        ),
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        "BucketEncryption": {"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]},
    }
    if versioned:
        properties["VersioningConfiguration"] = {"Status": "Enabled"}
    return {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain", "Properties": properties | more}


def _imports() -> Json:
    queue = {
        "Event": "s3:ObjectCreated:*",
        "Queue": attribute(resource_name("Queue", "imports"), "Arn"),
        "Filter": {"S3Key": {"Rules": [{"Name": "prefix", "Value": UPLOADS_PREFIX}]}},
    }
    cors = {
        "AllowedOrigins": [ref("SiteUrl")],
        "AllowedMethods": ["PUT"],
        "AllowedHeaders": ["content-type", "content-length", "if-none-match"],
        "MaxAge": UPLOAD_CORS_SECONDS,
    }
    unfinished = {"Id": "unfinished", "Status": "Enabled", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}}
    parts = {"Id": "parts", "Status": "Enabled", "Prefix": "parts/", "ExpirationInDays": PARTS_KEPT_DAYS}
    snapshots = {"Id": "snapshots", "Status": "Enabled", "Prefix": SNAPSHOTS_PREFIX, "ExpirationInDays": SNAPSHOTS_KEPT_DAYS}
    bucket: dict[str, Json] = _bucket(
        "imports",
        NotificationConfiguration={"QueueConfigurations": [queue]},
        CorsConfiguration={"CorsRules": [cors]},
        LifecycleConfiguration={"Rules": [unfinished, parts, snapshots]},
    )
    return bucket | {"DependsOn": ["ImportsQueuePolicy"]}


def _only_encrypted(name: str, *more: Json) -> Json:
    resources = [sub(bucket_arn(name)), sub(bucket_arn(name) + "/*")]
    plain_http = {"Bool": {"aws:SecureTransport": "false"}}
    denied = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": resources, "Condition": plain_http}
    document = {"Version": "2012-10-17", "Statement": [denied, *more]}
    bucket = ref(resource_name("Bucket", name))
    return {"Type": "AWS::S3::BucketPolicy", "Condition": "IsCloud", "Properties": {"Bucket": bucket, "PolicyDocument": document}}


def _edge_may_read(action: str, resource: str) -> Json:
    edge = sub("arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/${Edge}")
    condition = {"StringEquals": {"aws:SourceArn": edge}}
    return {
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": action,
        "Resource": sub(resource),
        "Condition": condition,
    }


def resources() -> dict[str, Json]:
    """The buckets and who may reach them from outside. Reading lists of the pages makes a missing page a 404, not a 403."""
    read = (_edge_may_read("s3:GetObject", bucket_arn("pages") + "/*"), _edge_may_read("s3:ListBucket", bucket_arn("pages")))
    return {
        "ImportsBucket": _imports(),
        "PagesBucket": _bucket("pages"),
        "RecordsBucket": _bucket("records", versioned=True),
        "ImportsBucketPolicy": _only_encrypted("imports"),
        "PagesBucketPolicy": _only_encrypted("pages", *read),
        "RecordsBucketPolicy": _only_encrypted("records"),
    }
