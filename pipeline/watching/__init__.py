"""Watched folders: films that arrive there become jobs, each content once, whatever happens meanwhile.

orders     what is made of a film, as a value that a job is told                Order
settings   which order counts where: the watch.toml files of a folder           FolderSettings
sweep      everything in a folder, compared with what is known                  sweep(…)
desk       one film on its way: it waits, is looked into, arrives or is refused Desk
work       jobs: claimed, done in processes of their own, tried again           Jobs, Runner
outcome    what lies in the folder afterwards: notes, done/, quarantine/
watch      the loop around all of it                                            watch(…)
status     how everything stands, for people                                    read_status(…)
"""
