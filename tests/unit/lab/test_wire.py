# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes over the wire: elements, order, types, faults (vSphere reference 18.2), seen without pyVmomi's reader."""

from __future__ import annotations

import re
from typing import Any

import pytest
import requests

SERVICE = '<{0} xmlns="urn:vim25"><_this type="ServiceInstance">ServiceInstance</_this>{1}</{0}>'
ADD = (
    '<AddVirtualNic xmlns="urn:vim25"><_this type="HostNetworkSystem">{}</_this>'
    "<portgroup>std-vmotion</portgroup><nic>{}</nic></AddVirtualNic>"
)
GOOD_NIC = (
    "<ip><dhcp>false</dhcp><ipAddress>10.11.0.21</ipAddress><subnetMask>255.255.252.0</subnetMask></ip><mtu>9000</mtu>"
)


@pytest.fixture
def network(client: Any) -> str:
    return str(client.network()._moId)


def test_answers_are_soap_with_the_response_element(client: Any) -> None:
    status, text = client.post(SERVICE.format("CurrentTime", ""))
    assert status == 200
    assert re.search(
        r'<soapenv:Body>\s*<CurrentTimeResponse xmlns="urn:vim25"><returnval>[^<]+</returnval></CurrentTimeResponse>',
        text,
    )


def test_values_of_any_type_say_their_type(client: Any) -> None:
    moid = client.host()._moId
    body = (
        '<RetrieveProperties xmlns="urn:vim25"><_this type="PropertyCollector">propertyCollector</_this><specSet>'
        "<propSet><type>HostSystem</type><pathSet>name</pathSet><pathSet>parent</pathSet><pathSet>network</pathSet>"
        "<pathSet>runtime.connectionState</pathSet><pathSet>config.network.vnic</pathSet>"
        "<pathSet>runtime.inMaintenanceMode</pathSet><pathSet>hardware.memorySize</pathSet></propSet>"
        f'<objectSet><obj type="HostSystem">{moid}</obj></objectSet></specSet></RetrieveProperties>'
    )
    _rest, text = client.post(body)
    assert f'<obj type="HostSystem">{moid}</obj>' in text
    found = dict(re.findall(r"<propSet><name>([^<]+)</name><val ([^>]*)>", text))
    assert found == {
        "name": 'xsi:type="xsd:string"',
        "parent": 'xsi:type="ManagedObjectReference" type="ClusterComputeResource"',
        "network": 'xsi:type="ArrayOfManagedObjectReference"',
        "runtime.connectionState": 'xsi:type="HostSystemConnectionState"',
        "config.network.vnic": 'xsi:type="ArrayOfHostVirtualNic"',
        "runtime.inMaintenanceMode": 'xsi:type="xsd:boolean"',
        "hardware.memorySize": 'xsi:type="xsd:long"',
    }
    assert "<HostVirtualNic><device>vmk0</device><key>" in text
    assert "versionId" not in text


def test_faults_have_string_and_typed_detail(client: Any) -> None:
    status, text = client.post(
        '<FindChild xmlns="urn:vim25"><_this type="SearchIndex">SearchIndex</_this>'
        '<entity type="Folder">group-d999</entity><name>x</name></FindChild>'
    )
    assert status == 500
    assert "<faultcode>ServerFaultCode</faultcode><faultstring>The object" in text
    assert re.search(
        r'<detail><ManagedObjectNotFoundFault xmlns="urn:vim25" xsi:type="ManagedObjectNotFound">'
        r'<obj type="Folder">group-d999</obj></ManagedObjectNotFoundFault></detail>',
        text,
    )


def test_prefixed_requests_are_understood(client: Any, network: str) -> None:
    body = (
        f'<v:AddVirtualNic xmlns:v="urn:vim25"><v:_this type="HostNetworkSystem">{network}</v:_this>'
        '<v:portgroup xsi:type="xsd:string">std-vmotion</v:portgroup><v:nic xsi:type="v:HostVirtualNicSpec"><v:ip>'
        "<v:dhcp>0</v:dhcp><v:ipAddress>10.11.0.21</v:ipAddress><v:subnetMask>255.255.252.0</v:subnetMask></v:ip>"
        "</v:nic></v:AddVirtualNic>"
    )
    status, text = client.post(body)
    assert (status, "<returnval>vmk1</returnval>" in text) == (200, True)


@pytest.mark.parametrize(
    ("nic", "complaint"),
    [
        (GOOD_NIC + "<bogus>1</bogus>", 'Unexpected element tag "bogus"'),
        ("<mtu>9000</mtu><ip><dhcp>true</dhcp></ip>", 'Element "ip" is out of order'),
        ("<ip><ipAddress>10.11.0.21</ipAddress></ip>", "Required property dhcp is missing"),
        ("<ip><dhcp>maybe</dhcp></ip>", "not a valid bool"),
        ("<ip><dhcp>true</dhcp></ip><mtu>large</mtu>", "not a valid int"),
        ("<ip><dhcp>true</dhcp></ip><mtu>1500</mtu><mtu>1500</mtu>", "appears twice"),
        ('<ip xsi:type="HostDnsConfig"><dhcp>true</dhcp></ip>', "does not fit"),
        ('<ip xsi:type="NoSuchType"><dhcp>true</dhcp></ip>', "unknown type"),
        ("text", "Required property ip is missing|portgroup|address configuration"),
    ],
)
def test_malformed_parameters_are_refused(client: Any, network: str, nic: str, complaint: str) -> None:
    status, text = client.post(ADD.format(network, nic))
    assert status == 500
    assert re.search(complaint, text)
    assert len(client.host().config.network.vnic) == 1


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (SERVICE.format("NoSuchMethod", ""), "InvalidRequestFault"),
        (SERVICE.format("CurrentTime", "<extra/>"), "InvalidRequestFault"),
        (SERVICE.format("AddVirtualNic", ""), "MethodNotFoundFault"),
        (
            '<CurrentTime xmlns="urn:other"><_this type="ServiceInstance">ServiceInstance</_this></CurrentTime>',
            "Invalid",
        ),
        ('<CurrentTime xmlns="urn:vim25"/>', "InvalidRequestFault"),
        ('<CurrentTime xmlns="urn:vim25"><_this type="Nothing">x</_this></CurrentTime>', "InvalidRequestFault"),
        ("<broken", "InvalidRequestFault"),
    ],
)
def test_requests_that_are_no_calls_are_refused(client: Any, body: str, fault: str) -> None:
    status, text = client.post(body)
    assert status == 500
    assert fault in text


def test_versions_beyond_the_servers_are_refused(lab: Any, client: Any) -> None:
    for action in ("urn:vim25/9.0.0.0", "urn:vim25/nonsense"):
        status, text = client.post(SERVICE.format("CurrentTime", ""), action)
        assert status == 500
        assert "Unsupported version URI" in text
    status, _rest = client.post(SERVICE.format("CurrentTime", ""), '"urn:vim25/6.5"')
    assert status == 200


def test_methods_newer_than_the_request_do_not_exist(client: Any) -> None:
    moid = client.services()._moId
    body = (
        f'<QueryNetConfig xmlns="urn:vim25"><_this type="HostVirtualNicManager">{moid}</_this>'
        "<nicType>management</nicType></QueryNetConfig>"
    )
    assert client.post(body)[0] == 200
    _rest, text = client.post(body, "urn:vim25/2.5")
    assert "MethodNotFoundFault" in text


def test_the_http_side(lab: Any) -> None:
    base = f"https://localhost:{lab.source.port}"
    get = requests.Session()
    get.trust_env, get.verify = False, lab.ca_path
    versions = get.get(f"{base}/sdk/vimServiceVersions.xml", timeout=10)
    assert "<name>urn:vim25</name>" in versions.text
    assert "<version>8.0.3.0</version>" in versions.text
    assert get.get(f"{base}/sdk/vimService.wsdl", timeout=10).status_code == 404
    assert get.get(f"{base}/health", timeout=10).status_code == 404
