/* SPDX-License-Identifier: MIT
 * engine/tries.h: a list of tries; see tries.c.
 */
#ifndef TRIES_H
#define TRIES_H

#include "engine/core.h"

#define TRIES_MAX 16

#endif
