/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the parts of the model say to each other. */
#ifndef FUZZ_MESSAGES_PARTS_H
#define FUZZ_MESSAGES_PARTS_H

#include "messages_model.h"

/* A number of @len bytes, 4 or 8, of the payload. */
uint64_t model_get(const struct sent *sent, size_t at, size_t len);

/* messages_memory.c; those that are messages tell whether it is done. */
bool model_holds(const struct model *model, uint64_t user, uint64_t len, uint64_t alignment);
/* NULL: nothing is written down of it. */
uint8_t *model_notes(const struct model *model, const struct model_queue *queue);
uint16_t model_note16(const uint8_t *at);
bool model_set_log(struct model *model, const struct sent *sent, struct outcome *out);
bool model_give_notes(const struct model *model, const struct sent *sent, struct outcome *out);
bool model_take_notes(struct model *model, const struct sent *sent);
bool model_add(struct model *model, const struct sent *sent, size_t at, int fd);
bool model_set_table(struct model *model, const struct sent *sent);
bool model_forget_region(struct model *model, const struct sent *sent);

/* messages_rings.c */
bool model_is_event(int fd);
void model_stop(struct model_queue *queue);
void model_restart(struct model *model);
void model_negotiate(struct model *model);
void model_drop_sessions(struct model *model);
bool model_runs(const struct model *model);
bool model_on_ring(struct model *model, const struct sent *sent, struct outcome *out);
bool model_set_file(struct model *model, const struct sent *sent, struct outcome *out);

/* messages_states.c */
bool model_start_state(struct model *model, const struct sent *sent);

#endif /* FUZZ_MESSAGES_PARTS_H */
