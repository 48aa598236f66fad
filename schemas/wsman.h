// SPDX-License-Identifier: MIT
// schemas/wsman.h: the envelope and the headers of a WS-Management request, for soapcpp2.
//
// Not a C header: input of the generator (wsman/gsoap.cmake). Only requests are read through it.
// Headers that have a structure of their own are typed; the rest, and everything in the Body, is
// kept as elements (gSOAP's DOM). Header blocks in text form keep mustUnderstand where it matters.

#import "dom.h"

//gsoap a schema namespace: http://schemas.xmlsoap.org/ws/2004/08/addressing
//gsoap a schema elementForm: qualified
//gsoap a schema attributeForm: unqualified

//gsoap w schema namespace: http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd
//gsoap w schema elementForm: qualified
//gsoap w schema attributeForm: unqualified

//gsoap p schema namespace: http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd
//gsoap p schema elementForm: qualified
//gsoap p schema attributeForm: unqualified

struct a__Endpoint {
	char *Address;
	int __size;
	xsd__anyType *__any;
};

struct w__Language {
	char *__item;
	@char *SOAP_ENV__mustUnderstand;
};

struct w__Fragment {
	char *__item;
	@char *Dialect;
	@char *SOAP_ENV__mustUnderstand;
};

struct w__Set {
	int __size;
	xsd__anyType *__any;
};

struct SOAP_ENV__Header {
	char *a__Action;
	char *a__MessageID;
	char *a__To;
	struct a__Endpoint *a__ReplyTo;
	struct a__Endpoint *a__FaultTo;
	char *w__ResourceURI;
	struct w__Set *w__SelectorSet;
	struct w__Set *w__OptionSet;
	char *w__OperationTimeout;
	char *w__MaxEnvelopeSize;
	struct w__Language *w__Locale;
	struct w__Language *p__DataLocale;
	char *p__ActivityId;
	struct w__Fragment *w__FragmentTransfer;
	int __size;
	xsd__anyType *__any;
};
