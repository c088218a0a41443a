"""What is watched: errors of each function, a dashboard of queues and functions, and the month's cost."""

import json
from typing import Final

from infra.template import queues
from infra.template.cfn import Json, ref, sub
from infra.template.functions import FUNCTIONS

WIDGET_WIDTH: Final = 12
WIDGET_HEIGHT: Final = 6
BUDGET_WARNING_PERCENT: Final = 80


def _error_alarm(function: str) -> Json:
    properties = {
        "AlarmDescription": "A function fails: see its log group.",
        "Namespace": "AWS/Lambda",
        "MetricName": "Errors",
        "Dimensions": [{"Name": "FunctionName", "Value": ref(function)}],
        "Statistic": "Sum",
        "Period": 300,
        "EvaluationPeriods": 1,
        "Threshold": 0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        "AlarmActions": {"Fn::If": ["HasAlarmMail", [ref("AlarmTopic")], ref("AWS::NoValue")]},
    }
    return {"Type": "AWS::CloudWatch::Alarm", "Condition": "IsCloud", "Properties": properties}


def _widget(title: str, place: int, metrics: list[list[str]]) -> Json:
    position = {"x": place * WIDGET_WIDTH, "y": 0, "width": WIDGET_WIDTH, "height": WIDGET_HEIGHT}
    return {"type": "metric", **position, "properties": {"title": title, "region": "${AWS::Region}", "period": 60, "metrics": metrics}}


def _dashboard() -> Json:
    waiting = [["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", "${Prefix}" + name] for name in queues.TIMEOUTS_SECONDS]
    duration = [["AWS/Lambda", "Duration", "FunctionName", f"${{{function.resource}}}"] for function in FUNCTIONS]
    body = {"widgets": [_widget("Oldest work waiting", 0, waiting), _widget("Duration", 1, duration)]}
    properties = {"DashboardName": sub("${Prefix}health"), "DashboardBody": sub(json.dumps(body))}
    return {"Type": "AWS::CloudWatch::Dashboard", "Condition": "IsCloud", "Properties": properties}


def _budget() -> Json:
    warned = {
        "Notification": {"NotificationType": "FORECASTED", "ComparisonOperator": "GREATER_THAN", "Threshold": BUDGET_WARNING_PERCENT},
        "Subscribers": [{"SubscriptionType": "EMAIL", "Address": ref("AlarmMail")}],
    }
    limit = {"BudgetType": "COST", "TimeUnit": "MONTHLY", "BudgetLimit": {"Amount": ref("MonthlyBudgetUsd"), "Unit": "USD"}}
    properties = {"Budget": limit, "NotificationsWithSubscribers": [warned]}
    return {"Type": "AWS::Budgets::Budget", "Condition": "WatchesBudget", "Properties": properties}


def resources() -> dict[str, Json]:
    """Alarms, dashboard and budget; none of them on a local stage."""
    topic = {"Subscription": [{"Protocol": "email", "Endpoint": ref("AlarmMail")}]}
    alarms = {f"{function.resource}Errors": _error_alarm(function.resource) for function in FUNCTIONS}
    return alarms | {
        "AlarmTopic": {"Type": "AWS::SNS::Topic", "Condition": "WatchesBudget", "Properties": topic},
        "Dashboard": _dashboard(),
        "Budget": _budget(),
    }
