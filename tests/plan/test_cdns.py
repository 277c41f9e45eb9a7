"""Buckets and CDNs are told the table, in words that their own clients take."""

from __future__ import annotations

import json
import re

import boto3
import pytest
from botocore.validate import ParamValidator

from pipeline.cli.hosting import CDNS as TYPED
from pipeline.plan.cdns import CDNS, bucket_rules
from pipeline.plan.origin import CROSS_ORIGIN, EVERYWHERE, PREFLIGHT


def _faults(service: str, operation: str, member: str, value: object) -> str:
    model = boto3.session.Session().client(service, region_name="us-east-1").meta.service_model
    shape = model.operation_model(operation).input_shape.members[member]
    return str(ParamValidator().validate(value, shape).generate_report())


def test_a_buckets_rules_are_those_of_its_own_client() -> None:
    rules = json.loads(bucket_rules())
    assert _faults("s3", "PutBucketCors", "CORSConfiguration", rules) == ""
    (rule,) = rules["CORSRules"]
    told = dict((*CROSS_ORIGIN, *PREFLIGHT))
    assert rule["AllowedOrigins"] == ["*"] and rule["AllowedMethods"] == ["GET", "HEAD"]
    assert ", ".join(rule["ExposeHeaders"]) == told["Access-Control-Expose-Headers"]
    assert ", ".join(rule["AllowedHeaders"]) == told["Access-Control-Allow-Headers"]


def test_cloudfronts_policy_is_that_of_its_own_client() -> None:
    told = json.loads(CDNS["cloudfront"][0]())
    name = "ResponseHeadersPolicyConfig"
    assert _faults("cloudfront", "CreateResponseHeadersPolicy", name, told[name]) == ""
    assert {one["ErrorCachingMinTTL"] for one in told["CustomErrorResponses"]["Items"]} == {0}


@pytest.mark.parametrize("cdn", CDNS)
def test_every_header_of_every_answer_is_told_to_every_cdn(cdn: str) -> None:
    text = CDNS[cdn][0]()
    words = set(re.findall(r"[\w-]+|\*", text))
    for name, value in (*CROSS_ORIGIN, *EVERYWHERE):
        if cdn != "cloudfront":
            assert name in words
            assert value in text
        assert set(re.findall(r"[\w-]+|\*", value)) - {"nosniff"} <= words


def test_the_command_knows_every_cdn() -> None:
    assert tuple(CDNS) == TYPED
