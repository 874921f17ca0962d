"""PID 1 of a run-time image: looks at the CPU, settles how to run, starts vLLM and stays its init.

main         help, health check or start
start        the order of things
arguments    what the words behind the image's name mean
processor    whether this CPU runs this image
tuning       settings from vllm-cpu-detect
api_key      keys from files
user         PUID and PGID, a home that can be written
init         signals, orphans, exit codes
stopping     from SIGTERM to the end: requests in progress are answered first
connections  those that the server has open
address      where the server listens
health       the health check
"""
