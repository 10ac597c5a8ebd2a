/* banned.h: functions that have no place here; forced into every file by the Makefile (-include). */
#pragma once
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#pragma GCC poison strcpy strcat sprintf vsprintf strtok gets gmtime localtime ctime asctime system popen mktemp tmpnam atoi atol srand
