"""One pure function per step of the job: values in, values out, no file opened and no process started."""
