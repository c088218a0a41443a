"""What differs from stage to stage, and what a deployment tells about itself."""

from typing import Final

from infra.template.cfn import Json, attribute, bucket_name, queue_arn, ref, sub

LOCAL_STAGE: Final = "local"


def _text(description: str, default: str | None = None, **more: Json) -> Json:
    return {"Type": "String", "Description": description} | ({} if default is None else {"Default": default}) | more


PARAMETERS: Final[dict[str, Json]] = {
    "Stage": _text(
        "Name of the stage; only `local` has a business clock and a stand-in for Stripe.", LOCAL_STAGE, AllowedPattern="[a-z][a-z0-9]{1,15}"
    ),
    "Prefix": _text("What the names of tables, queues and buckets begin with.", "primetime-local-", AllowedPattern="[a-z][a-z0-9-]{1,30}-"),
    "SiteUrl": _text("Where browsers reach the site, without a trailing slash.", AllowedPattern="https?://[^/]+"),
    "AuthUrl": _text("Base of the hosted sign-in; empty means Cognito's own domain.", ""),
    "StripeBase": _text("Where Stripe is, on a local stage; empty means Stripe itself.", ""),
    "StripeApiKey": _text("Stripe's secret key. Only the payouts function may read it.", NoEcho=True),
    "StripeLive": _text("Whether Stripe's key and its notices are of live mode.", "false", AllowedValues=["true", "false"]),
    "StripeWebhookSecret": _text("What Stripe signs the notices of the platform's endpoint with.", NoEcho=True),
    "StripeConnectWebhookSecret": _text(
        "What Stripe signs the notices of the endpoint for connected accounts with; empty where there is none.", "", NoEcho=True
    ),
    "SignInDomain": _text("Prefix of Cognito's sign-in domain, unique in the region.", AllowedPattern="[a-z0-9][a-z0-9-]{1,61}"),
    "CertificateArn": _text("Certificate in us-east-1 for the site's host name; empty means CloudFront's own name.", ""),
    "SiteHost": _text("The site's host name, when there is a certificate for it.", ""),
    "MailFrom": _text("Address or domain that mail is sent from; empty sends none.", ""),
    "AlarmMail": _text("Who hears of alarms and of the budget; empty is nobody.", ""),
    "MonthlyBudgetUsd": {"Type": "Number", "Description": "Monthly budget in US dollars.", "Default": 500},
    "StreamRecordAgeSeconds": {
        "Type": "Number",
        "Description": "How long a failing outbox record is retried before it goes to the failure queue.",
        "Default": 3600,
    },
}

CONDITIONS: Final[dict[str, Json]] = {
    "IsLocal": {"Fn::Equals": [ref("Stage"), LOCAL_STAGE]},
    "IsCloud": {"Fn::Not": [{"Condition": "IsLocal"}]},
    "HasAuthUrl": {"Fn::Not": [{"Fn::Equals": [ref("AuthUrl"), ""]}]},
    "HasHost": {"Fn::Not": [{"Fn::Equals": [ref("CertificateArn"), ""]}]},
    "SendsMail": {"Fn::Not": [{"Fn::Equals": [ref("MailFrom"), ""]}]},
    "HasAlarmMail": {"Fn::Not": [{"Fn::Equals": [ref("AlarmMail"), ""]}]},
    "WatchesBudget": {"Fn::And": [{"Condition": "IsCloud"}, {"Condition": "HasAlarmMail"}]},
}

RULES: Final[dict[str, Json]] = {
    "OnlyLocalHasAStandIn": {
        "RuleCondition": {"Fn::Not": [{"Fn::Equals": [ref("Stage"), LOCAL_STAGE]}]},
        "Assertions": [
            {"Assert": {"Fn::Equals": [ref("StripeBase"), ""]}, "AssertDescription": "Only a local stage may use a stand-in for Stripe."}
        ],
    }
}

SIGN_IN_BASE: Final[Json] = {"Fn::If": ["HasAuthUrl", ref("AuthUrl"), sub("https://${SignInDomain}.auth.${AWS::Region}.amazoncognito.com")]}

OUTPUTS: Final[dict[str, Json]] = {
    "UserPoolId": {"Value": ref("UserPool")},
    "ClientId": {"Value": ref("UserPoolClient")},
    "AuthUrl": {"Value": SIGN_IN_BASE},
    "ImportsBucket": {"Value": sub(bucket_name("imports"))},
    "PagesBucket": {"Value": sub(bucket_name("pages"))},
    "RecordsBucket": {"Value": sub(bucket_name("records"))},
    "OutboxFailuresQueueArn": {"Value": sub(queue_arn("outbox-failures"))},
    "EdgeDomain": {"Condition": "IsCloud", "Value": attribute("Edge", "DomainName")},
}
