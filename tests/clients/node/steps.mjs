// SPDX-License-Identifier: MIT
// What the programs of both packages share: what they are given, and how they tell (tests/clients/README.md).

export const [url, user, fileUrl, target, name] = process.argv.slice(2)
export const password = process.env.CLIENT_PASSWORD
export const bits = 'http://schemas.microsoft.com/wbem/wsman/1/wmi/root/microsoft/bits/'
export const transfer = 'http://schemas.xmlsoap.org/ws/2004/09/transfer'
export const enumeration = 'http://schemas.xmlsoap.org/ws/2004/09/enumeration'
export const identify = '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header/><s:Body>' +
  '<i:Identify xmlns:i="http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"/></s:Body></s:Envelope>'

export function tell (step, values) {
  console.log(JSON.stringify({ step, ...values }))
}

// The items of a list that a parser gives as nothing, one or an array.
export function list (items) {
  return items === undefined ? [] : [].concat(items)
}

// Asks until the job is there, for 20 seconds.
export async function transferred (state) {
  const end = Date.now() + 20000
  while (String(await state()) !== '6' && Date.now() < end) {
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}
