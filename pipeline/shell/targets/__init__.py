"""Where editions are published: one small interface, and a folder or an S3-compatible store behind it.

places    the text that a person gives → a target: a folder, or s3://bucket/prefix
interface what every target does
folder    a folder behind a web server
s3        an S3-compatible store
objects   look, read, write and remove under a prefix of a bucket
parts     large files
promises  what such a store keeps of what S3 promises, tried rather than believed
sessions  clients; answers: what their errors mean, as errors of ours
machine_locks  among the runs of this machine
"""

from pipeline.shell.targets.interface import Busy, Holding, Target, Text
from pipeline.shell.targets.places import open_target, where_of

__all__ = ["Busy", "Holding", "Target", "Text", "open_target", "where_of"]
