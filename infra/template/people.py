"""How people sign in: a Cognito pool, its hosted pages, and one client that uses code with PKCE; and where mail is sent from."""

from typing import Final

from infra.template.cfn import Json, ref, sub

TOKEN_MINUTES: Final = 60
PASSWORD_MIN_LENGTH: Final = 12


def _pool() -> Json:
    password = {
        "MinimumLength": PASSWORD_MIN_LENGTH,
        "RequireLowercase": False,
        "RequireUppercase": False,
        "RequireNumbers": False,
        "RequireSymbols": False,
    }
    properties = {
        "UserPoolName": sub("${Prefix}people"),
        "UsernameAttributes": ["email"],
        "AutoVerifiedAttributes": ["email"],
        "UsernameConfiguration": {"CaseSensitive": False},
        "Policies": {"PasswordPolicy": password},
        "AccountRecoverySetting": {"RecoveryMechanisms": [{"Name": "verified_email", "Priority": 1}]},
        "DeletionProtection": {"Fn::If": ["IsLocal", "INACTIVE", "ACTIVE"]},
    }
    return {"Type": "AWS::Cognito::UserPool", "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain", "Properties": properties}


def _client() -> Json:
    properties = {
        "UserPoolId": ref("UserPool"),
        "ClientName": "site",
        "GenerateSecret": False,
        "AllowedOAuthFlowsUserPoolClient": True,
        "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid", "email", "profile"],
        "SupportedIdentityProviders": ["COGNITO"],
        "CallbackURLs": [sub("${SiteUrl}/auth/callback")],
        "LogoutURLs": [sub("${SiteUrl}/")],
        "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"],
        "PreventUserExistenceErrors": "ENABLED",
        "EnableTokenRevocation": True,
        "IdTokenValidity": TOKEN_MINUTES,
        "AccessTokenValidity": TOKEN_MINUTES,
        "TokenValidityUnits": {"IdToken": "minutes", "AccessToken": "minutes"},
    }
    return {"Type": "AWS::Cognito::UserPoolClient", "Properties": properties}


def resources() -> dict[str, Json]:
    """The pool, its client, its domain, and the sender of mail."""
    domain = {"Domain": ref("SignInDomain"), "UserPoolId": ref("UserPool")}
    return {
        "UserPool": _pool(),
        "UserPoolClient": _client(),
        "UserPoolDomain": {"Type": "AWS::Cognito::UserPoolDomain", "Properties": domain},
        "MailIdentity": {"Type": "AWS::SES::EmailIdentity", "Condition": "SendsMail", "Properties": {"EmailIdentity": ref("MailFrom")}},
    }
