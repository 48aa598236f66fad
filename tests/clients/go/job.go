// SPDX-License-Identifier: MIT

// A job by Debian's golang-github-masterzen-winrm-dev: its Post() with messages of its soap package, keys in the
// resource URI, since its headers know no selectors but ShellId. What it is given and what it tells:
// tests/clients/README.md.
package main

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/masterzen/simplexml/dom"
	"github.com/masterzen/winrm"
	"github.com/masterzen/winrm/soap"
)

const (
	bits     = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/microsoft/bits/BitsClientJob"
	identity = "http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"
	nobody   = "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous"
)

// node is any element of an answer.
type node struct {
	XMLName  xml.Name
	Text     string     `xml:",chardata"`
	Attrs    []xml.Attr `xml:",any,attr"`
	Children []node     `xml:",any"`
}

// at goes down by local names; an empty node when there is none.
func (n node) at(names ...string) node {
	for _, name := range names {
		var next node
		for _, child := range n.Children {
			if child.XMLName.Local == name {
				next = child
				break
			}
		}
		n = next
	}
	return n
}

func tell(step string, values map[string]interface{}) {
	values["step"] = step
	text, err := json.Marshal(values)
	check(err)
	fmt.Println(string(text))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func escape(text string) string {
	var out strings.Builder
	check(xml.EscapeText(&out, []byte(text)))
	return out.String()
}

// wsman is one service: the library's transport and what every message is made with.
type wsman struct {
	client *winrm.Client
	http   winrm.Transporter
	url    string
	count  int
}

func connect(address, user, password string) *wsman {
	parsed, err := url.Parse(address)
	check(err)
	port, err := strconv.Atoi(parsed.Port())
	check(err)
	endpoint := winrm.NewEndpoint(parsed.Hostname(), port, false, false, nil, nil, nil, 30*time.Second)
	w := &wsman{url: address, http: winrm.NewClientWithDial(nil)}
	parameters := winrm.NewParameters("PT60S", "en-US", 153600)
	parameters.TransportDecorator = func() winrm.Transporter { return w.http }
	w.client, err = winrm.NewClientWithParameters(endpoint, user, password, parameters)
	check(err)
	return w
}

// post gives the body of the answer, which may be a Fault: this Post() says no error then.
func (w *wsman) post(message *soap.SoapMessage) node {
	text, err := w.http.Post(w.client, message)
	check(err)
	var envelope node
	check(xml.Unmarshal([]byte(text), &envelope))
	return envelope.at("Body")
}

func (w *wsman) send(action, job, element string, ns dom.Namespace, content string) node {
	resource := bits
	if job != "" {
		resource += "?JobId=" + job
	}
	w.count++
	message := soap.NewMessage()
	message.Header().To(w.url).ReplyTo(nobody).MaxEnvelopeSize(153600).Timeout("PT60S").Locale("en_US").
		Id(fmt.Sprintf("uuid:%08d-0000-4000-8000-000000000000", w.count)).Action(action).
		ResourceURI(resource).Build()
	if element == "" {
		message.NewBody()
	} else {
		message.CreateBodyElement(element, ns).SetContent(content) // taken as it is
	}
	return w.post(message)
}

func (w *wsman) get(job string) node {
	return w.send(soap.NS_TRANSFER+"/Get", job, "", dom.Namespace{}, "")
}

func (w *wsman) invoke(method, job string, values ...string) node {
	var content strings.Builder
	for i := 0; i < len(values); i += 2 {
		fmt.Fprintf(&content, "<q:%s>%s</q:%s>", values[i], escape(values[i+1]), values[i])
	}
	return w.send(bits+"/"+method, job, method+"_INPUT", dom.Namespace{Prefix: "q", Uri: bits},
		content.String()).at(method + "_OUTPUT")
}

// enumerate tells the Priority of every job, by its id, and how many Pulls that took.
func (w *wsman) enumerate() (map[string]string, int) {
	seen, pulls := map[string]string{}, 0
	answer := w.send(soap.NS_ENUM+"/Enumerate", "", "Enumerate", soap.DOM_NS_ENUM, "").at("EnumerateResponse")
	for answer.at("EnumerationContext").Text != "" {
		answer = w.send(soap.NS_ENUM+"/Pull", "", "Pull", soap.DOM_NS_ENUM, "<n:EnumerationContext>"+
			answer.at("EnumerationContext").Text+"</n:EnumerationContext><n:MaxElements>2</n:MaxElements>").
			at("PullResponse")
		for _, item := range answer.at("Items").Children {
			seen[item.at("JobId").Text] = item.at("Priority").Text
		}
		pulls++
	}
	return seen, pulls
}

func main() {
	address, user, fileURL, target, name := os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5]
	w := connect(address, user, os.Getenv("CLIENT_PASSWORD"))

	message := soap.NewMessage()
	message.CreateBodyElement("Identify", dom.Namespace{Prefix: "i", Uri: identity})
	tell("identify", map[string]interface{}{"vendor": w.post(message).at("IdentifyResponse", "ProductVendor").Text})

	job := w.invoke("CreateJob", "", "DisplayName", name, "RemoteUrl", fileURL, "LocalFile", target).at("JobId").Text
	tell("create", map[string]interface{}{"job": job})
	seen := w.get(job).at("BitsClientJob")
	tell("get", map[string]interface{}{"name": seen.at("DisplayName").Text, "job": seen.at("JobId").Text})
	seen = w.send(soap.NS_TRANSFER+"/Put", job, "BitsClientJob", dom.Namespace{Prefix: "q", Uri: bits},
		"<q:Priority>0</q:Priority>").at("BitsClientJob")
	tell("put", map[string]interface{}{"priority": seen.at("Priority").Text, "name": seen.at("DisplayName").Text})
	jobs, pulls := w.enumerate()
	tell("enumerate", map[string]interface{}{"jobs": jobs, "pulls": pulls})

	end := time.Now().Add(20 * time.Second)
	for w.get(job).at("BitsClientJob", "State").Text != "6" && time.Now().Before(end) {
		time.Sleep(50 * time.Millisecond)
	}
	tell("invoke", map[string]interface{}{"result": w.invoke("SetJobState", job, "JobState", "1").at("ReturnValue").Text})
	fault := w.get(job).at("Fault")
	code := ""
	for _, attr := range fault.at("Detail", "WSManFault").Attrs {
		if attr.Name.Local == "Code" {
			code = attr.Value
		}
	}
	tell("fault", map[string]interface{}{"text": fault.at("Reason", "Text").Text, "code": code})
}
