"""The modules that touch the world: processes, files, pictures, sound."""
