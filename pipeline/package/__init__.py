"""The second job, from a master or an edit to an HLS package, in steps that a command or a flow can take one by one.

request    what is asked for, and the films it is asked of     study_subject(path, request) → PackageSubject
                                                               regional_subjects(subject, request), one each
plan       what it is made of, as values                       plan_package(subject, request, on_stage) → PackagePlan
subtitles, qualities   what planning finds out: captions, and how good shots are to be
steps      making that                                         plan_steps(plan), make_step(step, on_fraction)
outputs    putting it together in its folder                   finish(plan, new) → Package; put_variants(plans)
desk       the names of what lies there
manifest   package.json
job        all of it                                           package(path, request, on_stage) → each Packaged
"""

from pipeline.package.outputs import Package, finish, put_variants
from pipeline.package.plan import PackagePlan, plan_package
from pipeline.package.request import PackageRequest, PackageSubject, regional_subjects, study_subject
from pipeline.package.steps import Step, make_step, plan_steps, steps_at_once
from pipeline.shell.making import missing_keys

__all__ = [
    "Package",
    "PackagePlan",
    "PackageRequest",
    "PackageSubject",
    "Step",
    "finish",
    "make_step",
    "missing_keys",
    "plan_package",
    "plan_steps",
    "put_variants",
    "regional_subjects",
    "steps_at_once",
    "study_subject",
]
