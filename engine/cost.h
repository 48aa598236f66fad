/* SPDX-License-Identifier: MIT
 * engine/cost.h: may a job use a network that costs money? Pure.
 * Source: BITS_COST_STATE, BITS_JOB_TRANSFER_POLICY.
 */
#ifndef COST_H
#define COST_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/err.h"

/* States of the network. Linux tells metered from not; the others are kept in masks and never met. */
#define COST_UNRESTRICTED 0x1u
#define COST_USAGE_BASED 0x40u

/* Masks of jobs. */
#define COST_ALWAYS 0x800000ffu
#define COST_NOT_ROAMING 0x8000007fu
#define COST_NO_SURCHARGE 0x8000006fu
#define COST_STANDARD 0x80000067u
#define COST_UNRESTRICTED_ONLY 0x80000021u

struct cost_policy { uint32_t flags[4]; };	/* by priority */

/* "normal=UNRESTRICTED low=UNRESTRICTED": names of the masks or numbers; what is not said stays as by default:
 * ALWAYS for foreground, STANDARD for the others. */
enum err cost_parse(const char *text, struct cost_policy *ret, struct errinfo *ei);
/* flags 0: what the policy says for the priority. */
bool cost_allows(uint32_t state, uint32_t flags, const struct cost_policy *policy, unsigned priority);

#endif
