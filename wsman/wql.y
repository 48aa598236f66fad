/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/wql.y: the grammar of WQL and CQL, for lemon. The stack is of fixed size: what is nested deeper is
 * refused. FROM is read before WHERE, so a condition knows its class.
 */
%include {
#include <assert.h>
#include "wsman/wql.h"
}
%name wql_parse
%token_prefix WQL_
%token_type { struct wql_token }
%extra_argument { struct wql *w }
%stack_size 512
%stack_overflow { wql_too_deep(w); }
%syntax_error { (void)yymajor; wql_syntax(w, TOKEN); }

%left OR.
%left AND.
%right NOT.

query ::= SELECT columns from within where.

columns ::= STAR.					{ wql_column_all(w); }
columns ::= list.
list ::= column.
list ::= list COMMA column.
column ::= WORD(A).					{ wql_column(w, (struct wql_token){ A.p, 0 }, A); }
column ::= WORD(A) DOT WORD(B).				{ wql_column(w, A, B); }
column ::= WORD DOT STAR.				{ wql_column_all(w); }

from ::= FROM WORD(A).					{ wql_from(w, A); }

within ::= .
within ::= WITHIN INTEGER.
within ::= WITHIN REAL.

where ::= .
where ::= WHERE cond(A).				{ wql_where(w, A); }

%type cond { struct pred_cond }
cond(R) ::= cond(A) OR cond(B).				{ R = wql_or(w, A, B); }
cond(R) ::= cond(A) AND cond(B).			{ R = wql_and(w, A, B); }
cond(R) ::= NOT cond(A).				{ R = pred_not(A); }
cond(R) ::= LP cond(A) RP.				{ R = A; }
cond(R) ::= side(A) compare(O) side(B).			{ R = wql_compare(w, O, A, B); }
cond(R) ::= side(A) LIKE STRING(B).			{ R = wql_like(w, A, B); }
cond(R) ::= side(A) NOT LIKE STRING(B).			{ R = pred_not(wql_like(w, A, B)); }
cond(R) ::= side(A) ISA STRING(B).			{ R = wql_isa(w, A, B); }
cond(R) ::= side(A) ISA WORD(B).			{ R = wql_isa(w, A, B); }
cond(R) ::= side(A) IS NIL.				{ R = wql_is_null(w, A); }
cond(R) ::= side(A) IS NOT NIL.				{ R = pred_not(wql_is_null(w, A)); }

%type compare { enum pred_op }
compare(R) ::= EQ.					{ R = PRED_EQ; }
compare(R) ::= NE.					{ R = PRED_NE; }
compare(R) ::= LT.					{ R = PRED_LT; }
compare(R) ::= LE.					{ R = PRED_LE; }
compare(R) ::= GT.					{ R = PRED_GT; }
compare(R) ::= GE.					{ R = PRED_GE; }

%type side { struct wql_side }
side(R) ::= WORD(A).	{ R = (struct wql_side){ .kind = WQL_NAME, .of = { A.p, 0 }, .word = A }; }
side(R) ::= WORD(A) DOT WORD(B). { R = (struct wql_side){ .kind = WQL_NAME, .of = A, .word = B }; }
side(R) ::= STRING(A).	{ R = (struct wql_side){ .kind = WQL_TEXT, .word = A }; }
side(R) ::= INTEGER(A).	{ R = (struct wql_side){ .kind = WQL_NUMBER, .word = A }; }
side(R) ::= TRUE.	{ R = (struct wql_side){ .kind = WQL_BOOL, .yes = true }; }
side(R) ::= FALSE.	{ R = (struct wql_side){ .kind = WQL_BOOL }; }
side(R) ::= NIL.	{ R = (struct wql_side){ .kind = WQL_NULL }; }
