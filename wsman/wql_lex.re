/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/wql_lex.re: the words of WQL and CQL, for re2c. The text ends with NUL, which no word contains.
 */
#include "wsman/wql.h"

#include "wql_parse.h"

int wql_lex(const char **p, struct wql_token *ret)
{
	const char *YYCURSOR = *p, *YYMARKER, *start;
	int word;

again:
	start = YYCURSOR;
	/*!re2c
	re2c:define:YYCTYPE = "unsigned char";
	re2c:yyfill:enable = 0;
	re2c:flags:case-ranges = 1;

	blank  = [ \t\r\n]+;
	name   = [A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff]*;
	single = ['] ([^'\\\x00] | "\\" [^\x00])* ['];
	double = ["] ([^"\\\x00] | "\\" [^\x00])* ["];

	"\x00"     { word = 0; YYCURSOR = start; goto done; }
	blank      { goto again; }
	'select'   { word = WQL_SELECT; goto done; }
	'from'     { word = WQL_FROM; goto done; }
	'within'   { word = WQL_WITHIN; goto done; }
	'where'    { word = WQL_WHERE; goto done; }
	'and'      { word = WQL_AND; goto done; }
	'or'       { word = WQL_OR; goto done; }
	'not'      { word = WQL_NOT; goto done; }
	'like'     { word = WQL_LIKE; goto done; }
	'isa'      { word = WQL_ISA; goto done; }
	'is'       { word = WQL_IS; goto done; }
	'null'     { word = WQL_NIL; goto done; }
	'true'     { word = WQL_TRUE; goto done; }
	'false'    { word = WQL_FALSE; goto done; }
	name       { word = WQL_WORD; goto done; }
	single | double { word = WQL_STRING; goto done; }
	"-"? [0-9]+ | '0x' [0-9a-fA-F]+ { word = WQL_INTEGER; goto done; }
	[0-9]* "." [0-9]+ { word = WQL_REAL; goto done; }
	"*"        { word = WQL_STAR; goto done; }
	","        { word = WQL_COMMA; goto done; }
	"."        { word = WQL_DOT; goto done; }
	"("        { word = WQL_LP; goto done; }
	")"        { word = WQL_RP; goto done; }
	"="        { word = WQL_EQ; goto done; }
	"<>" | "!=" { word = WQL_NE; goto done; }
	"<="       { word = WQL_LE; goto done; }
	">="       { word = WQL_GE; goto done; }
	"<"        { word = WQL_LT; goto done; }
	">"        { word = WQL_GT; goto done; }
	*          { word = -1; goto done; }
	*/
done:
	*ret = (struct wql_token){ start, (size_t)(YYCURSOR - start) };
	*p = YYCURSOR;
	return word;
}
