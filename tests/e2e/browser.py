"""A headless Chromium by WebDriver (W3C), spoken directly: a few calls, no library."""
import base64
import json
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

from province import SLOW

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Browser:
    def __init__(self, width=1280, height=900):
        self.profile = tempfile.mkdtemp(prefix="congthu-chromium-")
        self.process = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        port = None
        for line in self.process.stdout:
            if "started successfully on port" in line:
                port = line.rsplit(" ", 1)[1].strip(". \n")
                break
        self.base = f"http://127.0.0.1:{port}"
        options = {"args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
                            f"--user-data-dir={self.profile}", f"--window-size={width},{height}", "--lang=vi"]}
        wanted = {"browserName": "chrome", "acceptInsecureCerts": True, "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        try:
            self.base += "/session/" + self.call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})["sessionId"]
        except BaseException:
            self.close()
            raise

    def call(self, method, path, body=None):
        request = urllib.request.Request(self.base + path, method=method, data=None if body is None and method != "POST" else json.dumps(body or {}).encode(),
                                         headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60 * SLOW) as reply:
                return json.load(reply)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {json.load(error)['value']['message']}") from None

    def close(self):
        try:
            if "/session/" in self.base:
                self.call("DELETE", "")
        finally:
            self.process.terminate()
            self.process.wait(20)
            self.process.stdout.close()
            shutil.rmtree(self.profile, ignore_errors=True)

    def go(self, url):
        self.call("POST", "/url", {"url": url})

    @property
    def url(self):
        return self.call("GET", "/url")

    def run(self, script, *arguments):
        return self.call("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def find(self, selector):
        return self.call("POST", "/element", {"using": "css selector", "value": selector})[ELEMENT]

    def text(self, selector="main"):
        return self.call("GET", f"/element/{self.find(selector)}/text")

    def fill(self, selector, words):
        element = self.find(selector)
        self.call("POST", f"/element/{element}/clear")
        self.call("POST", f"/element/{element}/value", {"text": words})

    def choose(self, selector, value):
        self.call("POST", f"/element/{self.find(selector)}/value", {"text": self.run(
            "return [...document.querySelector(arguments[0]).options].find(o => o.value === arguments[1]).text", selector, value)})

    def click(self, selector):
        """Clicks what leads to another page, and waits until that is there."""
        before = self.call("GET", "/source")
        self.call("POST", f"/element/{self.find(selector)}/click")
        end = time.monotonic() + 20 * SLOW
        while self.call("GET", "/source") == before or self.run("return document.readyState") != "complete":
            if time.monotonic() > end:
                raise AssertionError(f"nothing came of a click on {selector} at {self.url}")
            time.sleep(0.05)

    def link(self, words):
        """Clicks the link with these words."""
        self.run("for (const a of document.querySelectorAll('a')) a.toggleAttribute('data-this', a.textContent.trim() === arguments[0])", words)
        self.click("a[data-this]")

    def size(self, width, height):
        self.call("POST", "/window/rect", {"width": width, "height": height})

    def shot(self, file):
        png = base64.b64decode(self.call("GET", "/screenshot"))
        file.write_bytes(png)
        return png

    def complaints(self):
        """What the console said: blocked styles, scripts, broken requests."""
        return [entry["message"] for entry in self.call("POST", "/se/log", {"type": "browser"})]

    def cookies(self):
        return {c["name"]: c for c in self.call("GET", "/cookie")}
