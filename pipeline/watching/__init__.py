"""Watched folders: films that arrive there become jobs, each content once, whatever happens meanwhile.

orders      what is made of a film, as a value that is kept with its trigger          Order
settings    which order counts where: options, and the watch.toml files of a folder   FolderSettings, Scope
locks       who watches: one for a folder, and who is alive
drive_watch the drives that it lies on: whether each is there, and answers            DriveWatch
folder      what all who look after one folder share                                  WatchedFolder
sweep       everything in a folder, compared with what is known                       Sweeper
desk        one film on its way: it waits, is looked into, arrives or is refused      Desk
settling    what lies in the folder afterwards: done/, quarantine/, and `notes`       Settler
jobs        a job, what comes of it, and who does it                                  Job, Outcome, Runner
job_queue   jobs of a folder: claimed, tried again, ended                             JobQueue
work        one job, in a process of its own
record      what the ledger has of the watch itself                                   Record
mailbox     what threads tell the one that has the ledger                             Mailbox
watch       the loop around all of it                                                 watch(request, runner, tell)
status      how everything stands, for people                                         read_status(home, root)
retrying    failed jobs, again                                                        retry(home, root, films)

When a file counts as arrived is `plan/arrivals` and `plan/stillness`; what it is looked into for, `shell/checking`;
what is known of films, `shell/arrived_files` and `shell/triggers`.
"""
